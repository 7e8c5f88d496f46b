//! Every refusal of the game file: what is said, and at which line and column.
#![allow(clippy::unwrap_used)]

use big_io::{InputError, Source, game_from_text, read_game};

fn refusal(text: &str) -> InputError {
    match game_from_text("game.toml", text) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(error) => error,
    }
}

const BOX: &str = "[action_space]\ntype = \"box\"\nlower = -1\nupper = 1\n";

/// A game with a box and whatever follows.
fn boxed(rest: &str) -> String {
    format!("{BOX}{rest}")
}

/// A game with one influencer in 2-D whose action space is written on line 4.
fn own(space: &str) -> String {
    format!("[[influencers]]\nweight = 1\ntarget = [0, 0]\naction_space = {space}\n")
}

#[test]
fn every_mistake_is_refused_at_its_place() {
    let one = "[[influencers]]\nweight = 1\ntarget = [0]\n";
    let cases: Vec<(String, &str, usize, usize)> = vec![
        // The document.
        ("a = ".into(), "not valid TOML", 1, 5),
        (boxed("[[influencers]]\nweight = 1\nweight = 2\n"), "duplicate key", 7, 1),
        ("{\"name\": \"x\",\n \"name\": \"y\"}".into(), "the key `name` is given twice", 2, 2),
        ("{\"name\": \"x\",}".into(), "expected a key in double quotes", 1, 14),
        ("{\"name\": tru}".into(), "`tru` is no value", 1, 10),
        ("{\"name\": 01}".into(), "`01` is no value", 1, 10),
        ("{\"name\": \"x}".into(), "no closing quote", 1, 10),
        ("{} {}".into(), "the document has ended before this", 1, 4),
        ("{\"name\": \"\\ud800\"}".into(), "no such Unicode character", 1, 11),
        // Keys.
        (format!("titel = 1\n{BOX}{one}"), "unknown key `titel` in the game", 1, 1),
        (boxed(&format!("[receiver]\nbais = [0]\n{one}")), "unknown key `bais` in the receiver", 6, 1),
        (boxed("[[influencers]]\nwieght = 1\n"), "unknown key `wieght` in an influencer", 6, 1),
        (boxed("[[influencers]]\ntarget = [0]\n"), "the influencer has no `weight`", 5, 1),
        (boxed("[[influencers]]\nweight = 1\n"), "the influencer has no `target`", 5, 1),
        (BOX.into(), "the game has no `influencers`", 1, 1),
        (format!("influencers = []\n{BOX}"), "at least one influencer", 1, 15),
        (one.into(), "the influencer has no action space", 1, 1),
        // Types.
        (format!("name = 3\n{BOX}{one}"), "`name` must be a text in quotes, not a number", 1, 8),
        (boxed("[[influencers]]\nweight = true\ntarget = [0]\n"), "`weight` must be a number, not true or false", 6, 10),
        (boxed("[[influencers]]\nweight = 1\ntarget = 0\n"), "`target` must be a list of numbers, not a number", 7, 10),
        (boxed("[[influencers]]\nweight = 1\ntarget = [[0]]\n"), "`target` must be a number, not a list", 7, 11),
        (boxed("[[influencers]]\nweight = 1\ntarget = [1979-05-27]\n"), "not a date", 7, 11),
        (format!("loss = \"absolute\"\n{BOX}{one}"), "there is no loss \"absolute\"", 1, 8),
        ("influencers = 3\n".into(), "`influencers` must be a list of tables", 1, 15),
        ("influencers = [3]\n".into(), "an influencer must be a table", 1, 16),
        ("{\"name\": null}".into(), "`name` must be a text in quotes, not null", 1, 10),
        // Numbers.
        (boxed("[[influencers]]\nweight = nan\ntarget = [0]\n"), "`weight`: nan is not finite", 6, 10),
        (boxed("[[influencers]]\nweight = 1\ntarget = [-inf]\n"), "`target`: -inf is not finite", 7, 11),
        ("{\"receiver\": {\"bias\": [NaN]}, \"influencers\": [{}]}".into(), "`bias`: NaN is not finite", 1, 24),
        (boxed("[[influencers]]\nweight = \"1/0\"\ntarget = [0]\n"), "divides by zero", 6, 10),
        (boxed("[[influencers]]\nweight = \"half\"\ntarget = [0]\n"), "`weight`: half is not a number", 6, 10),
        (boxed("[[influencers]]\nweight = 1e999999999\ntarget = [0]\n"), "an exponent beyond", 6, 10),
        (boxed("[[influencers]]\nweight = 1e200\ntarget = [0]\n"), "is larger than 1e150", 6, 10),
        (boxed(&format!("[[influencers]]\nweight = {}\ntarget = [0]\n", "7".repeat(5000))), "more than 1000 digits", 6, 10),
        // Lengths.
        (boxed("[[influencers]]\nweight = 1\ntarget = [0, 0]\n[receiver]\nbias = [0]\n"), "`target` has 2 numbers where the receiver has 1 coordinate", 7, 10),
        (boxed("[receiver]\nbias = []\n[[influencers]]\nweight = 1\ntarget = [0, 0]\n"), "`bias` has no numbers", 6, 8),
        (boxed("[[influencers]]\nweight = 1\ntarget = []\n"), "`target` has no numbers", 7, 10),
        (boxed("[[influencers]]\nweight = [[1, 0]]\ntarget = [0, 0]\n"), "the matrix `weight` has 1 row where the receiver has 2 coordinates", 6, 10),
        (boxed("[[influencers]]\nweight = [[1, 0], [1]]\ntarget = [0, 0]\n"), "this row of `weight` has 1 number where the first row has 2", 6, 19),
        (own("{ type = \"box\", lower = [0, 0], upper = [1] }"), "`upper` has 1 number where 2 are needed", 4, 56),
        (own("{ type = \"box\", lower = [0], upper = [1] }"), "a scalar weight needs actions of the receiver's dimension 2", 2, 10),
        ("[[influencers]]\nweight = [[1, 0], [0, 1]]\ntarget = [0, 0]\naction_space = { type = \"box\", lower = [0], upper = [1] }\n".into(), "the weight matrix must have 2 rows", 2, 10),
        // Sets.
        (own("3"), "`action_space` must be a table", 4, 16),
        (own("{ lower = 0, upper = 1 }"), "the action space has no `type`", 4, 16),
        (own("{ type = \"spere\" }"), "no action space of type \"spere\"", 4, 25),
        (own("{ type = \"box\", lower = 0 }"), "the box has no `upper`", 4, 16),
        (own("{ type = \"box\", lower = 0, uper = 1 }"), "unknown key `uper` in a box", 4, 43),
        (own("{ type = \"box\", lower = [0, 2], upper = 1 }"), "`lower` is above `upper` in coordinate 1", 4, 44),
        (own("{ type = \"box\", lower = \"0.10000000000000000000001\", upper = \"0.1\" }"), "`lower` is above `upper`", 4, 40),
        (own("{ type = \"ball\", radius = -1 }"), "`radius` is negative", 4, 42),
        (own("{ type = \"l1_ball\", radius = -0.5 }"), "`radius` is negative", 4, 45),
        (own("{ type = \"simplex\", scale = -2 }"), "`scale` is negative", 4, 44),
        (own("{ type = \"ellipsoid\", center = [0], shape = [[1, 0], [0, 1]] }"), "`center` has 1 number where 2 are needed", 4, 47),
        (own("{ type = \"ellipsoid\", shape = [[1, 0.5], [0, 1]] }"), "not symmetric", 4, 58),
        (own("{ type = \"ellipsoid\", shape = [[1, 2], [2, 1]] }"), "not positive definite", 4, 55),
        (own("{ type = \"ellipsoid\", shape = [[1, 2]] }"), "a row of `shape` has 2 numbers where 1 are needed", 4, 47),
        (own("{ type = \"polytope\" }"), "either `vertices` or `halfspaces`", 4, 16),
        (own("{ type = \"polytope\", vertices = [] }"), "the polytope is empty", 4, 48),
        (own("{ type = \"polytope\", halfspaces = { a = [[1, 0], [-1, 0]], b = [1, 1] } }"), "bound no polytope", 4, 50),
        (own("{ type = \"polytope\", halfspaces = { a = [[1, 0], [-1, 0], [0, 1], [0, -1]], b = [-1, -1, 1, 1] } }"), "the polytope is empty", 4, 50),
        (own("{ type = \"polytope\", halfspaces = { a = [[1, 0]], b = [1, 2] } }"), "`b` has 2 numbers where `a` has 1 row", 4, 70),
        // Names.
        (boxed("[[influencers]]\nname = \"x\"\nweight = 1\ntarget = [0]\n[[influencers]]\nname = \"x\"\nweight = 1\ntarget = [0]\n"), "the name 'x' is taken", 10, 8),
        (boxed("[[influencers]]\nname = \"2\"\nweight = 1\ntarget = [0]\n[[influencers]]\nweight = 1\ntarget = [0]\n"), "the name '2' is taken", 9, 1),
        (
            boxed("[[influencers]]\nname = \"a\\nb\"\nweight = 1\ntarget = [0]\n"),
            "`name` has a control character",
            6,
            8,
        ),
        (
            "\"a\\u001b[1m\" = 1".into(),
            "unknown key `a\\u{1b}[1m` in the game",
            1,
            1,
        ),
        // Finite games.
        (own("{ type = \"finite\", items = [[0, 0]], choose = 0 }"), "`choose` must be a whole number of at least 1", 4, 62),
        (own("{ type = \"finite\", items = [[0, 0]], choose = 1.5 }"), "`choose` must be a whole number", 4, 62),
        (own("{ type = \"finite\", items = [[0, 0]], choose = 2 }"), "`choose` is 2, but there are only 1 item", 4, 62),
        (own("{ type = \"finite\", items = [], choose = 1 }"), "`items` is empty", 4, 43),
        (own("{ type = \"finite\", items = [[0, 0], [1]], choose = 1 }"), "this row of `items` has 1 number", 4, 52),
        (own("{ type = \"finite\", items = [[0]], choose = 1 }"), "a scalar weight needs items of the receiver's dimension 2", 2, 10),
        (own("{ type = \"finite\", items = [[0, 0]], choose = 1, repeats = 1 }"), "`repeats` must be true or false", 4, 75),
        // Finite and convex ones.
        (format!("{}[[influencers]]\nweight = 1\ntarget = [0, 0]\naction_space = {{ type = \"ball\", radius = -1 }}\n", own("{ type = \"finite\", items = [[0, 0]], choose = 1 }")), "`radius` is negative", 8, 42),
        (format!("{}[[influencers]]\nweight = 1\ntarget = [0, 0]\naction_space = {{ type = \"ball\", radius = 1, center = [0] }}\n", own("{ type = \"finite\", items = [[0, 0]], choose = 1 }")), "scalar weight", 6, 10),
        (format!("loss = \"inner_product\"\n{}[[influencers]]\nweight = 1\ntarget = [0, 0]\naction_space = {{ type = \"ball\", radius = 1 }}\n", own("{ type = \"finite\", items = [[0, 0]], choose = 1 }")), "are not in one game", 1, 8),
        (format!("action_space = {{ type = \"finite\", items = [[0, 0]], choose = 1 }}\n{}", own("{ type = \"ball\", radius = 1 }")), "nobody has this finite action space", 1, 16),
        (format!("{}name = \"a\"\n[[influencers]]\nname = \"a\"\nweight = 1\ntarget = [0, 0]\naction_space = {{ type = \"finite\", items = [[1, 1]], choose = 1 }}\n", own("{ type = \"finite\", items = [[0, 0]], choose = 1 }")), "the name 'a' is taken", 7, 8),
        (format!("{}lying_cost = 1\n", own("{ type = \"finite\", items = [[0, 0]], choose = 1 }")), "a game with finite ones has no costs of lying", 5, 14),
        // Costs of lying.
        (format!("{}lying_cost = -1\n", boxed("[[influencers]]\nweight = 1\ntarget = [0]\n")), "`lying_cost` is -1", 8, 14),
        (format!("{}lying_cost = 1e-200\n", boxed("[[influencers]]\nweight = 1\ntarget = [0]\n")), "between 1e-100 and 1e100", 8, 14),
        (format!("{}lying_cost = 1\nhonest = [1.5]\n", boxed("[[influencers]]\nweight = 1\ntarget = [0]\n")), "`honest` is not in the action space", 9, 10),
        (format!("{}lying_cost = 1\nhonest = [0, 0]\n", boxed("[[influencers]]\nweight = 1\ntarget = [0]\n")), "`honest` has 2 numbers where 1 are needed", 9, 10),
        (format!("loss = \"inner_product\"\n{}lying_cost = 1\n", boxed("[[influencers]]\nweight = 1\ntarget = [0]\n")), "a cost of lying needs the loss", 9, 14),
        // Tables.
        (
            format!("influencers = {{ flie = \"x.csv\" }}\n{BOX}"),
            "unknown key `flie`", 1, 17),
        (format!("influencers = {{ file = 3 }}\n{BOX}"), "`file` must be a text", 1, 24),
        ("influencers = { file = \"x.csv\" }\n".into(), "the game has no `action_space`", 1, 1),
    ];
    let mut wrong = String::new();
    for (text, message, line, column) in cases {
        let error = match game_from_text("game.toml", &text) {
            Ok(_) => {
                wrong.push_str(&format!("accepted ({message}):\n{text}\n"));
                continue;
            }
            Err(error) => error,
        };
        let place = (error.line, error.column);
        if !error.message.contains(message) || place != (Some(line), Some(column)) {
            let shown: String = text.chars().take(400).collect();
            wrong.push_str(&format!(
                "wanted {line}:{column} {message}\n   got {error}\n{shown}\n"
            ));
        }
        assert_eq!(error.file.as_deref(), Some("game.toml"));
        assert!(error.span.is_some() && error.text.is_some());
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn advice_comes_with_the_refusal() {
    let error = refusal(&boxed("[[influencers]]\nwieght = 1\n"));
    assert_eq!(error.help.as_deref(), Some("did you mean `weight`?"));
    let error = refusal(&boxed("[[influencers]]\nradius = 1\n"));
    assert_eq!(
        error.help.as_deref(),
        Some("it may have: name, weight, target, action_space, lying_cost, honest, types")
    );
    let error = refusal(&own("{ type = \"spere\" }"));
    assert!(
        error.help.as_deref().unwrap().contains("l1_ball"),
        "{error}"
    );
    let error = refusal(&own("{ type = \"elipsoid\" }"));
    assert_eq!(error.help.as_deref(), Some("did you mean \"ellipsoid\"?"));
    assert_eq!(
        refusal(&boxed("[[influencers]]\nweight = 1\ntarget = 0\n")).to_string(),
        "game.toml:7:10: `target` must be a list of numbers, not a number (put it into brackets: [0.5])"
    );
}

#[test]
fn deep_nesting_is_refused_and_not_recursed_into() {
    for depth in [65, 79, 80, 81, 500, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            let levels = depth / open.matches(['[', '{']).count();
            let json = format!(
                "{{\"name\": {}1{}}}",
                open.repeat(levels),
                close.repeat(levels)
            );
            let error = refusal(&json);
            assert!(
                error.message.contains("nested deeper than 64"),
                "{depth} {open}: {error}"
            );
            let open = open.replace(':', " = ");
            let toml = format!("name = {}1{}", open.repeat(levels), close.repeat(levels));
            let error = refusal(&toml);
            assert!(
                error.message.contains("nested deeper than 64"),
                "{depth} {open}: {error}"
            );
        }
        let unfinished = refusal(&format!("name = {}", "[".repeat(depth)));
        assert!(unfinished.line.is_some());
        let keys = vec!["a"; depth].join(".");
        for text in [
            format!("{keys} = 1"),
            format!("[{keys}]\nx = 1"),
            format!("[[{keys}]]\nx = 1"),
        ] {
            assert!(
                refusal(&text).message.contains("nested deeper than 64"),
                "{depth} keys"
            );
        }
    }
}

#[test]
fn texts_of_too_many_values_are_refused_before_they_are_read() {
    let error = refusal(&format!("name = [{}]", "0,".repeat(10_000_001)));
    assert!(
        error.message.contains("more than 10000000 values") && error.help.is_some(),
        "{error}"
    );
}

#[test]
fn files_that_are_no_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Source::Path(path)
    };
    let refused = |source: &Source| read_game(source, &mut |_, _| {}).unwrap_err();
    let missing = Source::Path(folder.path().join("nowhere.toml"));
    assert!(refused(&missing).message.contains("no such file"));
    let is_folder = Source::Path(folder.path().to_owned());
    assert!(refused(&is_folder).message.contains("is a folder"));
    for (bytes, message) in [
        (&b""[..], "is empty"),
        (b" \n\t\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"PAR1xxxx", "is a Parquet file"),
    ] {
        assert!(
            refused(&at("g.toml", bytes)).message.contains(message),
            "{message}"
        );
    }
    let error = refused(&at("g.toml", b"name = \"a\"\nx = \"\xff\"\n"));
    assert!(error.message.contains("not UTF-8 text: byte 16"), "{error}");
    assert_eq!((error.line, error.column), (Some(2), Some(6)));
    let error = refused(&at("g.json", b"name = 3"));
    assert!(error.message.contains("not valid JSON"), "{error}");
    assert!(error.file.as_deref().unwrap().ends_with("g.json"));
    // A byte order mark is no mistake.
    let game = format!(
        "\u{feff}{}",
        boxed("[[influencers]]\nweight = 1\ntarget = [0]\n")
    );
    assert!(read_game(&at("bom.toml", game.as_bytes()), &mut |_, _| {}).is_ok());
}

#[test]
fn the_dash_is_standard_input() {
    assert_eq!(Source::parse("-"), Source::Stdin);
    assert_eq!(Source::parse("a.toml"), Source::Path("a.toml".into()));
}
