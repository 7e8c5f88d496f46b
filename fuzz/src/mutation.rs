//! Small changes of inputs that are nearly right.

/// A generator of numbers that are random enough (SplitMix64).
#[derive(Debug)]
pub struct Random {
    state: u64,
    /// Taken one by one before any are drawn, so that changed bytes change what is made of them.
    bytes: Vec<u8>,
    at: usize,
}

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed,
            bytes: Vec::new(),
            at: 0,
        }
    }

    /// From bytes: each decides something, until there are none.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            state: bytes.iter().fold(7, |h: u64, b| {
                h.wrapping_mul(31).wrapping_add(u64::from(*b))
            }),
            bytes: bytes.to_vec(),
            at: 0,
        }
    }

    fn next(&mut self) -> u64 {
        if let Some(byte) = self.bytes.get(self.at) {
            self.at += 1;
            return u64::from(*byte);
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is at least 1.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// What parsers stumble over.
const WORDS: &[&[u8]] = &[
    b"nan",
    b"inf",
    b"-inf",
    b"1e999",
    b"-1e-999",
    b"5e-324",
    b"1e308",
    b"0",
    b"-0.0",
    b"1/0",
    b"1/3",
    b"99999999999999999999",
    b"-1",
    b"18446744073709551616",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"[[]]",
    b"\"\"",
    b"\"",
    b"'",
    b"\n",
    b"\r\n",
    b",",
    b";",
    b"\t",
    b"=",
    b"[",
    b"]",
    b"{",
    b"}",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"\x1b[31m",
    b"name",
    b"weight",
    b"target",
    b"action_space",
    b"finite",
    b"choose",
    b"file",
    b"/dev/null",
    b"..",
    b"a_0",
    b"label",
    b"annotator",
    b"#",
    b"//",
    b"\\u0000",
    b"\\ud800",
    b"1.",
    b".5",
    b"+1",
    b"0x10",
];

/// The input with one to eight changes; `other` lends pieces.
pub fn mutated(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..1 + random.below(8) {
        let at = random.below(out.len() + 1);
        let end = (at + 1 + random.below(16)).min(out.len());
        match random.below(9) {
            0 if at < out.len() => out[at] ^= 1 << random.below(8),
            1 if at < out.len() => out[at] = random.below(256) as u8,
            2 => out.insert(at, random.below(256) as u8),
            3 if at < end => drop(out.drain(at..end)),
            4 if at < end => {
                let piece = out[at..end].to_vec();
                let to = random.below(out.len() + 1);
                out.splice(to..to, piece);
            }
            5 if !other.is_empty() => {
                let from = random.below(other.len());
                let to = (from + 1 + random.below(64)).min(other.len());
                out.splice(at..at, other[from..to].iter().copied());
            }
            6 => out.truncate(at.max(out.len() / 2)),
            7 if at < end => {
                let word = WORDS[random.below(WORDS.len())];
                out.splice(at..end, word.iter().copied());
            }
            _ => {
                let word = WORDS[random.below(WORDS.len())];
                out.splice(at..at, word.iter().copied());
            }
        }
    }
    // Long inputs only take time.
    out.truncate(1 << 16);
    out
}
