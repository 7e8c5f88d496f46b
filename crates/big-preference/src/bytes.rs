//! Numbers and texts as bytes, and back without trust.

/// Writes bytes.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn whole(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn small(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn count(&mut self, value: usize) {
        self.whole(value as u64);
    }

    pub(crate) fn numbers(&mut self, values: &[f64]) {
        for value in values {
            self.0.extend_from_slice(&value.to_le_bytes());
        }
    }

    pub(crate) fn number(&mut self, value: f64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.0
    }
}

/// Reads them; `None` where they end too early.
pub(crate) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    fn some(&mut self, length: usize) -> Option<&'b [u8]> {
        let (some, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(some)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.some(1)?.first().copied()
    }

    pub(crate) fn whole(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.some(8)?.try_into().ok()?))
    }

    pub(crate) fn small(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.some(4)?.try_into().ok()?))
    }

    pub(crate) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.whole()?).ok()
    }

    pub(crate) fn numbers(&mut self, count: usize) -> Option<Vec<f64>> {
        let bytes = self.some(count.checked_mul(8)?)?;
        let number = |eight: &[u8]| Some(f64::from_le_bytes(eight.try_into().ok()?));
        bytes.chunks_exact(8).map(number).collect()
    }

    pub(crate) fn number(&mut self) -> Option<f64> {
        Some(f64::from_le_bytes(self.some(8)?.try_into().ok()?))
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        let length = self.count()?;
        String::from_utf8(self.some(length)?.to_vec()).ok()
    }

    /// Has everything been read?
    pub(crate) fn is_done(&self) -> bool {
        self.0.is_empty()
    }
}
