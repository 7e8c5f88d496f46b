//! Code compiled for the widest vector instructions of the processor that it runs on.

/// A closure whose body is to be inlined where vector instructions are enabled.
struct Wide<F>(F);

impl<R, F: FnMut() -> R> pulp::WithSimd for Wide<F> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(mut self, _: S) -> R {
        (self.0)()
    }
}

/// Runs a closure, marked `#[inline(always)]` like everything that it calls in its loops, with the processor's vector
/// instructions. The results are the same to the bit on every processor: nothing is reassociated or contracted.
///
/// (A closure given to `pulp` directly is called through a shim that is not inlined, and gets none of them.)
#[inline]
pub fn wide<R>(body: impl FnMut() -> R) -> R {
    pulp::Arch::new().dispatch(Wide(body))
}

/// As [`wide`], for a closure that is given the length `d` of its rows, as a literal where rows are short: then the
/// compiler unrolls the loops along them.
#[inline]
pub fn wide_rows<R>(d: usize, mut body: impl FnMut(usize) -> R) -> R {
    wide(
        #[inline(always)]
        || match d {
            1 => body(1),
            2 => body(2),
            16 => body(16),
            d => body(d),
        },
    )
}
