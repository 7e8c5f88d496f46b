//! Large arrays of doubles, on large pages of memory where the system has them.
//!
//! Fresh memory is handed out page by page, at the first touch of each; with pages of 4 KiB that takes several times
//! as long as writing the numbers does.

use std::fmt;
use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// From this many doubles on (4 MiB) an array has memory of its own.
const LARGE: usize = 1 << 19;

/// An array of doubles whose length does not change.
pub struct Doubles(Memory);

enum Memory {
    Heap(Vec<f64>),
    /// A mapping begins at a page, so that it is aligned for doubles, and a multiple of 8 bytes long.
    Mapped(MmapMut),
}

impl Doubles {
    /// So many zeros.
    pub fn zeros(length: usize) -> Self {
        let mapped = if length >= LARGE {
            mapped(length)
        } else {
            None
        };
        Self(mapped.map_or_else(|| Memory::Heap(vec![0.0; length]), Memory::Mapped))
    }
}

/// Memory on large pages, which reads as zeros; `None` where the system has none to give.
fn mapped(length: usize) -> Option<MmapMut> {
    let map = MmapMut::map_anon(length.checked_mul(size_of::<f64>())?).ok()?;
    #[cfg(target_os = "linux")]
    if map.advise(memmap2::Advice::HugePage).is_err() {
        return None;
    }
    Some(map)
}

impl Deref for Doubles {
    type Target = [f64];

    #[inline]
    fn deref(&self) -> &[f64] {
        match &self.0 {
            Memory::Heap(values) => values,
            Memory::Mapped(map) => bytemuck::cast_slice(map),
        }
    }
}

impl DerefMut for Doubles {
    #[inline]
    fn deref_mut(&mut self) -> &mut [f64] {
        match &mut self.0 {
            Memory::Heap(values) => values,
            Memory::Mapped(map) => bytemuck::cast_slice_mut(map),
        }
    }
}

impl Clone for Doubles {
    fn clone(&self) -> Self {
        let mut copy = Self::zeros(self.len());
        copy.copy_from_slice(self);
        copy
    }
}

impl PartialEq for Doubles {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Doubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_and_small_arrays_are_zeros_that_can_be_written() {
        for length in [0, 1, 3, LARGE - 1, LARGE, LARGE + 5] {
            let mut values = Doubles::zeros(length);
            assert_eq!(values.len(), length);
            assert!(values.iter().all(|&v| v == 0.0));
            for (i, v) in values.iter_mut().enumerate() {
                *v = i as f64;
            }
            let copy = values.clone();
            assert_eq!(copy, values);
            assert_eq!(
                copy.last().copied(),
                length.checked_sub(1).map(|i| i as f64)
            );
        }
    }
}
