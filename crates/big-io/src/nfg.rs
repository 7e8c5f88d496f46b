//! Gambit's `.nfg`: a game in strategic form, by payoffs or by outcomes
//! (<https://gambitproject.readthedocs.io/en/stable/formats.html>).

use big_finite::strategic::{StrategicError, StrategicGame};
use big_game::spec::Rational;
use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};

use crate::document::{Document, Span};
use crate::error::InputError;
use crate::number::exact_number;

/// A game read from `.nfg`.
#[derive(Clone, Debug, PartialEq)]
pub struct NfgFile {
    /// What the author calls the game.
    pub title: String,
    /// The game.
    pub game: StrategicGame,
}

/// Does a text begin like an `.nfg` file?
pub fn is_nfg(text: &str) -> bool {
    let rest = text.trim_start().strip_prefix("NFG");
    rest.is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

/// Reads a game from the text of an `.nfg` file. Numbers are exact: integers, decimals, fractions.
///
/// # Errors
/// Whatever is wrong, and where; a table of more than `most` payoffs is refused.
pub fn nfg_from_text(name_for_errors: &str, text: &str, most: u64) -> Result<NfgFile, InputError> {
    let doc = Document {
        file: name_for_errors.to_owned(),
        text: text.into(),
    };
    Reader {
        doc: &doc,
        at: 0,
        most,
    }
    .game()
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq)]
enum Token<'t> {
    Open,
    Close,
    Text(String),
    Word(&'t str),
    End,
}

/// How many strategies a player has, and their names where they have any.
type Strategies = (usize, Option<Vec<String>>);

struct Reader<'d> {
    doc: &'d Document,
    at: usize,
    most: u64,
}

impl<'d> Reader<'d> {
    fn refuse(&self, from: usize, message: impl Into<String>) -> InputError {
        let span = Span::new(from..self.at.max(from));
        self.doc.refuse(span, message.into())
    }

    /// The next piece and where it begins. Commas count as space.
    fn next(&mut self) -> Result<(Token<'d>, usize), InputError> {
        let text: &'d str = &self.doc.text;
        let skip = |c: char| c.is_whitespace() || c == ',';
        let rest = &text[self.at..];
        let from = self.at + (rest.len() - rest.trim_start_matches(skip).len());
        self.at = from;
        let rest = &text[from..];
        let token = match rest.chars().next() {
            None => Token::End,
            Some('{') => {
                self.at += 1;
                Token::Open
            }
            Some('}') => {
                self.at += 1;
                Token::Close
            }
            Some('"') => {
                let mut label = String::new();
                let mut escaped = false;
                for (place, c) in rest.char_indices().skip(1) {
                    match c {
                        '"' if !escaped => {
                            self.at += place + 1;
                            return Ok((Token::Text(label), from));
                        }
                        '\\' if !escaped => escaped = true,
                        _ => {
                            // Only quotation marks need the backslash; any other stands for itself.
                            if escaped && c != '"' && c != '\\' {
                                label.push('\\');
                            }
                            escaped = false;
                            label.push(c);
                        }
                    }
                }
                return Err(self.refuse(from, "this text has no closing quotation mark"));
            }
            Some(_) => {
                let ends = |c: char| skip(c) || c == '{' || c == '}' || c == '"';
                let length = rest.find(ends).unwrap_or(rest.len());
                self.at += length;
                Token::Word(&rest[..length])
            }
        };
        Ok((token, from))
    }

    fn peek(&mut self) -> Result<Token<'d>, InputError> {
        let at = self.at;
        let (token, _) = self.next()?;
        self.at = at;
        Ok(token)
    }

    fn require(&mut self, wanted: &Token<'_>, what: &str) -> Result<(), InputError> {
        let (token, from) = self.next()?;
        if token == *wanted {
            return Ok(());
        }
        Err(self.refuse(from, format!("{what} is expected here")))
    }

    fn label(&mut self, what: &str) -> Result<String, InputError> {
        match self.next()? {
            (Token::Text(text), _) => Ok(text),
            (_, from) => Err(self
                .refuse(from, format!("{what} is expected here"))
                .with_help("texts are in double quotes")),
        }
    }

    /// Labels up to the closing brace; the opening one has been read.
    fn labels(&mut self, what: &str) -> Result<Vec<String>, InputError> {
        let mut all = Vec::new();
        while self.peek()? != Token::Close {
            all.push(self.label(what)?);
        }
        self.next()?;
        Ok(all)
    }

    fn number(&mut self, what: &str) -> Result<Rational, InputError> {
        let (token, from) = self.next()?;
        match token {
            Token::Word(word) => exact_number(word).map_err(|problem| {
                self.refuse(from, format!("{what} is expected here: {problem}"))
            }),
            Token::End => Err(self.refuse(from, format!("the file ends where {what} is expected"))),
            _ => Err(self.refuse(from, format!("{what} is expected here"))),
        }
    }

    fn whole(&mut self, what: &str) -> Result<usize, InputError> {
        let from = self.at;
        let number = self.number(what)?;
        let whole = number.is_integer().then(|| number.to_usize()).flatten();
        whole.ok_or_else(|| self.refuse(from, format!("{what} is expected here")))
    }

    fn game(mut self) -> Result<NfgFile, InputError> {
        self.require(&Token::Word("NFG"), "`NFG`")?;
        self.require(&Token::Word("1"), "the version, `1`,")?;
        let (kind, from) = self.next()?;
        if !matches!(kind, Token::Word("R" | "D")) {
            return Err(self.refuse(from, "`R` is expected here"));
        }
        let title = self.label("the title")?;
        self.require(&Token::Open, "`{` and the players' names")?;
        let players = self.labels("a player's name")?;
        self.require(&Token::Open, "`{` and the strategies")?;
        let begin = self.at;
        let strategies = self.strategies(players.len(), begin)?;
        let profiles: BigUint = strategies
            .iter()
            .map(|&(count, _)| BigUint::from(count))
            .product();
        let numbers = profiles * players.len();
        let Some(count) = numbers.to_usize().filter(|&c| c as u64 <= self.most) else {
            let limit = self.most;
            let error = StrategicError::TooLarge { numbers, limit };
            return Err(self.refuse(begin, error.to_string()));
        };
        // The comment.
        if matches!(self.peek()?, Token::Text(_)) {
            self.next()?;
        }
        let n = players.len();
        let mut payoffs = Vec::with_capacity(count);
        if self.peek()? == Token::Open {
            let outcomes = self.outcomes(n)?;
            for _ in 0..count / n.max(1) {
                let from = self.at;
                match self.whole("an outcome's number")? {
                    0 => payoffs.extend(std::iter::repeat_n(Rational::zero(), n)),
                    number => match outcomes.get(number - 1) {
                        Some(outcome) => payoffs.extend(outcome.iter().cloned()),
                        None => {
                            let message = format!("there is no outcome {number}");
                            return Err(self.refuse(from, message));
                        }
                    },
                }
            }
        } else {
            for _ in 0..count {
                payoffs.push(self.number("a payoff")?);
            }
        }
        let (token, from) = self.next()?;
        if token != Token::End {
            return Err(self
                .refuse(from, "the payoff table is complete, but the file goes on")
                .with_help("the table has one payoff for every profile and player"));
        }
        let names = strategies.into_iter().map(|(count, names)| {
            names.unwrap_or_else(|| (1..=count).map(|s| s.to_string()).collect())
        });
        let game = StrategicGame::new(players, names.collect(), payoffs)
            .map_err(|e| InputError::new(e.to_string()).in_file(&self.doc.file))?;
        Ok(NfgFile { title, game })
    }

    /// Every player's strategies; the opening brace has been read.
    fn strategies(&mut self, players: usize, begin: usize) -> Result<Vec<Strategies>, InputError> {
        let mut all = Vec::new();
        loop {
            match self.peek()? {
                Token::Close => break,
                Token::Open => {
                    self.next()?;
                    let names = self.labels("a strategy's name")?;
                    all.push((names.len(), Some(names)));
                }
                _ => all.push((self.whole("a number of strategies")?, None)),
            }
        }
        self.next()?;
        if players == 0 || all.len() != players {
            let message = format!("{} players have {} sets of strategies", players, all.len());
            return Err(self.refuse(begin, message));
        }
        if let Some(player) = all.iter().position(|&(count, _)| count == 0) {
            let message = format!("player {} has no strategies", player + 1);
            return Err(self.refuse(begin, message));
        }
        Ok(all)
    }

    /// The payoffs of each outcome.
    fn outcomes(&mut self, players: usize) -> Result<Vec<Vec<Rational>>, InputError> {
        self.next()?;
        let mut all = Vec::new();
        while self.peek()? != Token::Close {
            self.require(&Token::Open, "`{` and an outcome")?;
            self.label("the outcome's name")?;
            let payoffs = (0..players).map(|_| self.number("a payoff"));
            all.push(payoffs.collect::<Result<_, _>>()?);
            self.require(&Token::Close, "`}` after the outcome's payoffs")?;
        }
        self.next()?;
        Ok(all)
    }
}
