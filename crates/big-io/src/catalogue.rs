//! The built-in catalogue: the paper's examples and realistic games, each a commented file to start from.

/// A game of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What a command line calls it; the name of its file without `.toml`.
    pub id: &'static str,
    /// A title of a few words.
    pub title: &'static str,
    /// What it shows, in a sentence.
    pub about: &'static str,
    /// The game file.
    pub text: &'static str,
    /// Where the game comes from.
    pub source: &'static str,
}

/// All games, the paper's first.
pub fn all() -> &'static [Entry] {
    ENTRIES
}

/// The game of that name.
pub fn get(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.id == id)
}

const OURS: &str = "made up, with plausible numbers";

macro_rules! entry {
    ($id:literal, $title:literal, $about:literal, $source:expr) => {
        Entry {
            id: $id,
            title: $title,
            about: $about,
            text: include_str!(concat!("../catalogue/", $id, ".toml")),
            source: $source,
        }
    };
}

const ENTRIES: &[Entry] = &[
    entry!(
        "example-1-opposite",
        "Two on a line, opposite sides",
        "Both go to the extreme and the receiver stays in the middle.",
        "arXiv:2502.01127, Example 1 and Figure 1"
    ),
    entry!(
        "example-1-same-side",
        "Two on a line, same side",
        "The moderate one wins, and must pretend to be on the other side.",
        "arXiv:2502.01127, Example 1 and Figure 2"
    ),
    entry!(
        "example-2-continuum",
        "A segment of equilibria",
        "Infinitely many equilibria, one receiver position.",
        "arXiv:2502.01127, Example 2 and Figure 3 (left)"
    ),
    entry!(
        "example-2-corner",
        "Opposite corners",
        "One equilibrium, at opposite corners of the square.",
        "arXiv:2502.01127, Example 2 and Figure 3 (right)"
    ),
    entry!(
        "example-3-diamond",
        "A vertex of the diamond",
        "The inner-product loss: one weakly dominant action each.",
        "arXiv:2502.01127, Example 3 and Figure 4 (left)"
    ),
    entry!(
        "example-4-diamond-face",
        "An edge of the diamond",
        "The inner-product loss: a whole edge of weakly dominant actions.",
        "arXiv:2502.01127, Example 4 and Figure 4 (right)"
    ),
    entry!(
        "example-5",
        "Plus and minus powers of two",
        "Finite actions: 40 pure equilibria, among them every choice against its mirror image.",
        "arXiv:2502.01127, Example 5 with q = 3, k = 3"
    ),
    entry!(
        "party-manifestos",
        "Party manifestos",
        "Five parties campaign for more than they want; the Centre wins on the economy, nobody on society.",
        OURS
    ),
    entry!(
        "advertisers-with-budgets",
        "Advertisers with budgets",
        "Pushes limited by budgets: balls of different radii.",
        OURS
    ),
    entry!(
        "vaccine-debate",
        "Vaccine debate",
        "A strong background opinion, and influencers who mostly cancel.",
        OURS
    ),
    entry!(
        "annotators-matrix-weights",
        "Annotators with matrix weights",
        "The affine receiver of a model fitted to pooled preference labels.",
        "made up in the form of arXiv:2502.01127, Section 6"
    ),
    entry!(
        "lobbying-simplex",
        "Lobbying budgets",
        "Budget shares over three issues: a simplex.",
        OURS
    ),
    entry!(
        "sceptic-negative-weight",
        "The discredited pundit",
        "A negative weight: recommend the opposite of what you want.",
        OURS
    ),
    entry!(
        "newsroom-finite",
        "Newsroom",
        "Finite actions: two of eight articles for a reader's timeline.",
        "made up in the form of arXiv:2502.01127, Definition 5"
    ),
    entry!(
        "newsroom-and-campaign",
        "Newsroom and campaign",
        "Finite and convex action spaces in one game: articles are chosen, a campaign plays any point of a disc.",
        OURS
    ),
    entry!(
        "mixed-sets",
        "Mixed action sets",
        "A ball, an ellipsoid and a polytope by half-spaces in one game.",
        OURS
    ),
    entry!(
        "exact-decimals",
        "Exact decimals",
        "0.2 + 0.4 - 0.3 is exactly 0.3 when the file says so.",
        OURS
    ),
    entry!(
        "costly-lies",
        "Testimony under oath",
        "Lies cost their square: how far do people go when an audit may catch them?",
        OURS
    ),
    entry!(
        "private-committees",
        "Committees that do not know each other",
        "Private targets: what is it worth to know what the others want?",
        OURS
    ),
    entry!(
        "share-of-votes",
        "A share of votes",
        "A receiver that answers by a curve, with the plain distance as the loss.",
        OURS
    ),
    entry!(
        "press-and-party",
        "Press and party",
        "One message, two audiences that listen to each other.",
        OURS
    ),
    entry!(
        "log-rolling-disc",
        "Two against one on a disc",
        "A coalition that pays: both of its members gain by playing as one.",
        OURS
    ),
    entry!(
        "alliance-disc",
        "An alliance on a disc",
        "The same with the coalition declared: its members play for the mean of their targets.",
        OURS
    ),
    entry!(
        "hillside",
        "A playground on a hillside",
        "A common metric, and the distance itself as the loss: the way uphill counts three times.",
        OURS
    ),
];
