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
