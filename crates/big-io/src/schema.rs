//! The JSON Schema of the game file, generated from types that mirror the format.
//!
//! The reader does not use these types, because it must know where each value was written; a test holds the two
//! together: what the schema refuses is refused, and every game of the catalogue is valid.

use schemars::{JsonSchema, schema_for};

/// The JSON Schema (draft 2020-12) of a game file.
pub fn schema_game() -> serde_json::Value {
    schema_for!(GameSchema).to_value()
}

/// The JSON Schema (draft 2020-12) of a profile.
pub fn schema_profile() -> serde_json::Value {
    schema_for!(ProfileSchema).to_value()
}

/// What everybody plays, one entry an influencer in the game's order. Other fields are passed over, so that the answer of a solver is a
/// profile as it is.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Profile")]
pub enum ProfileSchema {
    /// Points of the action spaces; of a finite game the means of the chosen items.
    Actions {
        /// One an influencer.
        actions: Vec<Vec<NumberSchema>>,
    },
    /// Where items are chosen: what is chosen.
    Choices {
        /// Indices of items, from 0; null of who plays a point, which is among `actions` then.
        choices: Vec<Option<Vec<u32>>>,
    },
    /// An answer.
    Answer {
        /// Their rows.
        influencers: Vec<PlayedSchema>,
    },
}

/// An influencer's row of an answer.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Played")]
pub enum PlayedSchema {
    /// With the point that is played.
    Action {
        /// The point.
        action: Vec<NumberSchema>,
    },
    /// With what is chosen.
    Choice {
        /// Indices of items, from 0.
        choice: Vec<u32>,
    },
}

/// A Battling Influencers Game (arXiv:2502.01127): influencers choose actions, a receiver lands on
/// `bias + Σ weight · action`, and each influencer wants it at its target.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "BigGame")]
pub struct GameSchema {
    /// Where this schema lives, for editors.
    #[schemars(
        rename = "$schema",
        default,
        skip_serializing_if = "Option::is_none",
        with = "String"
    )]
    pub schema: Option<String>,
    /// What the game is called.
    #[schemars(default, skip_serializing_if = "Option::is_none", with = "String")]
    pub name: Option<String>,
    /// What the game is about.
    #[schemars(default, skip_serializing_if = "Option::is_none", with = "String")]
    pub description: Option<String>,
    /// What an influencer minimises.
    #[schemars(default, with = "LossSchema")]
    pub loss: Option<LossSchema>,
    /// The receiver.
    #[schemars(default, with = "ReceiverSchema")]
    pub receiver: Option<ReceiverSchema>,
    /// The action space of every influencer that has none of its own.
    #[schemars(default, with = "ActionSpaceSchema")]
    pub action_space: Option<ActionSpaceSchema>,
    /// The influencers.
    pub influencers: InfluencersSchema,
    /// Who plays as one with whom.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Vec<CoalitionSchema>"
    )]
    pub coalitions: Option<Vec<CoalitionSchema>>,
    /// Of private targets: the joint law of types; default: they are independent.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Vec<ScenarioSchema>"
    )]
    pub scenarios: Option<Vec<ScenarioSchema>>,
    /// `M` of the loss `(r − target)ᵀ M (r − target)`, symmetric positive definite, by rows.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Vec<Vec<NumberSchema>>"
    )]
    pub metric: Option<Vec<Vec<NumberSchema>>>,
    /// Several receivers in place of one.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Vec<AudienceSchema>",
        length(min = 1)
    )]
    pub audiences: Option<Vec<AudienceSchema>>,
}

/// Who is of which type, together.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Scenario")]
pub struct ScenarioSchema {
    /// How likely it is.
    pub probability: NumberSchema,
    /// Everybody's type, by index from 0.
    pub types: Vec<usize>,
}

/// One of an influencer's types: only it knows which it is of.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Type")]
pub struct TypeSchema {
    /// How likely it is; with `scenarios` default what these say.
    #[schemars(default, with = "NumberSchema")]
    pub probability: Option<NumberSchema>,
    /// Where it wants the receiver.
    #[schemars(length(min = 1))]
    pub target: Vec<NumberSchema>,
}

/// What an influencer minimises: `‖r − target‖²` (the default), `−⟨r, target⟩`, or a power of the distance.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Loss")]
pub enum LossSchema {
    /// By name.
    Named(NamedLossSchema),
    /// By a table.
    Power(PowerSchema),
}

/// A loss by name.
#[derive(JsonSchema)]
#[schemars(rename = "NamedLoss", rename_all = "snake_case")]
pub enum NamedLossSchema {
    /// `‖r − target‖²`.
    SquaredEuclidean,
    /// `−⟨r, target⟩`.
    InnerProduct,
}

/// A loss by a table.
#[derive(JsonSchema)]
#[schemars(
    tag = "type",
    rename_all = "snake_case",
    deny_unknown_fields,
    rename = "Power"
)]
pub enum PowerSchema {
    /// `‖r − target‖^p`: the equilibria are those of the square.
    DistancePower {
        /// At least 1.
        p: NumberSchema,
    },
}

/// How a receiver on a line answers, by an increasing function of the weighted sum.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Response")]
pub enum ResponseSchema {
    /// By name.
    Named(NamedResponseSchema),
    /// Straight between points.
    Points(PointsSchema),
}

/// A response by name.
#[derive(JsonSchema)]
#[schemars(rename = "NamedResponse", rename_all = "snake_case")]
pub enum NamedResponseSchema {
    /// `1/(1 + e^−y)`.
    Logistic,
    /// `tanh y`.
    Tanh,
    /// `e^y`.
    Exp,
}

/// A response that is straight between points.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Points")]
pub struct PointsSchema {
    /// At least two, both coordinates increasing.
    #[schemars(length(min = 2))]
    pub points: Vec<[NumberSchema; 2]>,
}

/// One of several receivers, all of whom everybody wants somewhere.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Audience")]
pub struct AudienceSchema {
    /// Default: its number, from 1.
    #[schemars(default, skip_serializing_if = "Option::is_none", with = "String")]
    pub name: Option<String>,
    /// Where it lands by itself; default zeros.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Vec<NumberSchema>"
    )]
    pub bias: Option<Vec<NumberSchema>>,
    /// How much its distance from a target counts for everybody, above 0; default 1.
    #[schemars(default, with = "NumberSchema")]
    pub importance: Option<NumberSchema>,
    /// How everybody's action moves it; default: the influencers' weights.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Vec<NumberSchema>"
    )]
    pub weights: Option<Vec<NumberSchema>>,
    /// How much of each audience's position it takes on; default zeros.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Vec<NumberSchema>"
    )]
    pub listens: Option<Vec<NumberSchema>>,
}

/// The receiver, who is no player.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Receiver")]
pub struct ReceiverSchema {
    /// Where the receiver lands by itself; default zeros. Its length is the receiver's dimension.
    #[schemars(default, with = "Vec<NumberSchema>", length(min = 1))]
    pub bias: Option<Vec<NumberSchema>>,
    /// How it answers, on a line; default: by the weighted sum itself.
    #[schemars(default, with = "ResponseSchema")]
    pub response: Option<ResponseSchema>,
}

/// A finite number, or one written exactly in a text: "1/3", "0.1", "-2/7".
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Number")]
pub enum NumberSchema {
    /// A number.
    Number(f64),
    /// A number written exactly.
    Exact(
        #[schemars(regex(
            pattern = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*(/\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*)?$"
        ))]
        String,
    ),
}

/// One number for all coordinates, or one a coordinate.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "NumberOrVector")]
pub enum NumberOrVectorSchema {
    /// The same in every coordinate.
    Number(NumberSchema),
    /// One a coordinate.
    Vector(Vec<NumberSchema>),
}

/// A compact set of actions.
#[derive(JsonSchema)]
#[schemars(
    tag = "type",
    rename_all = "snake_case",
    deny_unknown_fields,
    rename = "ActionSpace"
)]
pub enum ActionSpaceSchema {
    /// `lower ≤ x ≤ upper`, coordinate by coordinate.
    Box {
        /// Lower bounds.
        lower: NumberOrVectorSchema,
        /// Upper bounds.
        upper: NumberOrVectorSchema,
    },
    /// `‖x − center‖₂ ≤ radius`.
    Ball {
        /// At least 0.
        radius: NumberSchema,
        /// Default: the origin.
        #[schemars(default, with = "NumberOrVectorSchema")]
        center: Option<NumberOrVectorSchema>,
    },
    /// `‖x − center‖₁ ≤ radius`.
    L1Ball {
        /// At least 0.
        radius: NumberSchema,
        /// Default: the origin.
        #[schemars(default, with = "NumberOrVectorSchema")]
        center: Option<NumberOrVectorSchema>,
    },
    /// `x ≥ 0, Σ x = scale`.
    Simplex {
        /// The sum, at least 0; default 1.
        #[schemars(default, with = "NumberSchema")]
        scale: Option<NumberSchema>,
    },
    /// `(x − center)ᵀ shape⁻¹ (x − center) ≤ 1`.
    Ellipsoid {
        /// Default: the origin.
        #[schemars(default, with = "NumberOrVectorSchema")]
        center: Option<NumberOrVectorSchema>,
        /// Symmetric positive definite, by rows.
        #[schemars(length(min = 1))]
        shape: Vec<Vec<NumberSchema>>,
    },
    /// A bounded polytope, by `vertices` or by `halfspaces` (exactly one of them).
    #[schemars(extend("oneOf" = [{ "required": ["vertices"] }, { "required": ["halfspaces"] }]))]
    Polytope {
        /// Points whose convex hull it is.
        #[schemars(default, with = "Vec<Vec<NumberSchema>>", length(min = 1))]
        vertices: Option<Vec<Vec<NumberSchema>>>,
        /// Inequalities `a x ≤ b`.
        #[schemars(default, with = "HalfspacesSchema")]
        halfspaces: Option<HalfspacesSchema>,
    },
    /// The action is the mean of `choose` of the items.
    Finite {
        /// The items, each a list of numbers of one length.
        #[schemars(length(min = 1))]
        items: Vec<Vec<NumberSchema>>,
        /// How many items make an action.
        #[schemars(range(min = 1))]
        choose: u64,
        /// May an item be chosen more than once? Default: no.
        #[schemars(default, skip_serializing_if = "Option::is_none", with = "bool")]
        repeats: Option<bool>,
    },
}

/// Inequalities `a x ≤ b`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Halfspaces")]
pub struct HalfspacesSchema {
    /// The left-hand sides, by rows.
    #[schemars(length(min = 1))]
    pub a: Vec<Vec<NumberSchema>>,
    /// The right-hand sides, one a row.
    #[schemars(length(min = 1))]
    pub b: Vec<NumberSchema>,
}

/// The influencers, listed here or in a table of their own.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Influencers")]
pub enum InfluencersSchema {
    /// Listed here.
    List(#[schemars(length(min = 1))] Vec<InfluencerSchema>),
    /// In a Parquet or CSV file.
    Table(TableSchema),
}

/// One influencer.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Influencer", extend("oneOf" = [{ "required": ["target"] }, { "required": ["types"] }]))]
pub struct InfluencerSchema {
    /// Unique; default: its number, from 1.
    #[schemars(default, skip_serializing_if = "Option::is_none", with = "String")]
    pub name: Option<String>,
    /// How its action moves the receiver: a number, or a matrix with one row a coordinate of the receiver.
    pub weight: WeightSchema,
    /// Where it wants the receiver; of several audiences one list each, or one for all.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        with = "TargetSchema"
    )]
    pub target: Option<TargetSchema>,
    /// In place of `target`: where it may want the receiver, which only it knows.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Vec<TypeSchema>",
        length(min = 1)
    )]
    pub types: Option<Vec<TypeSchema>>,
    /// Its own action space, in place of the common one.
    #[schemars(default, with = "ActionSpaceSchema")]
    pub action_space: Option<ActionSpaceSchema>,
    /// What lying costs it, at least 0: `lying_cost ‖action − honest‖²` is added to its loss.
    #[schemars(default, with = "NumberSchema")]
    pub lying_cost: Option<NumberSchema>,
    /// What it would honestly say, in its action space; default: the truthful action.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Vec<NumberSchema>",
        length(min = 1)
    )]
    pub honest: Option<Vec<NumberSchema>>,
}

/// A target: a point, or one for each audience.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Target")]
pub enum TargetSchema {
    /// A point.
    Point(#[schemars(length(min = 1))] Vec<NumberSchema>),
    /// One for each audience.
    Points(#[schemars(length(min = 1))] Vec<Vec<NumberSchema>>),
}

/// Members who play as one, for the weighted sum of their losses.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Coalition")]
pub struct CoalitionSchema {
    /// Names, or indices from 0; at least two, and everybody in at most one.
    #[schemars(length(min = 2))]
    pub members: Vec<MemberSchema>,
    /// How much each one's loss counts, above 0; default: all 1.
    #[schemars(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Vec<NumberSchema>"
    )]
    pub shares: Option<Vec<NumberSchema>>,
}

/// An influencer: its name, or its index from 0.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Member")]
pub enum MemberSchema {
    /// By name.
    Name(String),
    /// By index.
    Index(usize),
}

/// A weight: a number, or a matrix by rows.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Weight")]
pub enum WeightSchema {
    /// `w`, which means `w` times the identity.
    Scalar(NumberSchema),
    /// By rows.
    Matrix(Vec<Vec<NumberSchema>>),
}

/// A table of influencers with columns `weight`, `target` (a list of numbers; in CSV `target_0`, `target_1`, …) and optionally `name`, `lying_cost` and `honest` (a list).
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Table")]
pub struct TableSchema {
    /// Relative to the folder of the game file: `.parquet` or `.csv`.
    pub file: String,
}
