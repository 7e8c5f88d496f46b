//! One thread in place of rayon's many, under the same words.

use std::iter::{Enumerate, Filter, FilterMap, Map, Rev, Sum, Zip};

/// A loop that one thread runs through in order.
pub struct Serial<I>(I);

impl<I: Iterator> Serial<I> {
    /// What `f` makes of each.
    pub fn map<R, F: FnMut(I::Item) -> R>(self, f: F) -> Serial<Map<I, F>> {
        Serial(self.0.map(f))
    }

    /// What `f` makes of each, with something of the thread's own.
    pub fn map_init<T, R>(
        self,
        init: impl FnOnce() -> T,
        mut f: impl FnMut(&mut T, I::Item) -> R,
    ) -> Serial<impl Iterator<Item = R>> {
        let mut own = init();
        Serial(self.0.map(move |item| f(&mut own, item)))
    }

    /// Those that pass.
    pub fn filter<F: FnMut(&I::Item) -> bool>(self, f: F) -> Serial<Filter<I, F>> {
        Serial(self.0.filter(f))
    }

    /// What `f` makes of some.
    pub fn filter_map<R, F: FnMut(I::Item) -> Option<R>>(self, f: F) -> Serial<FilterMap<I, F>> {
        Serial(self.0.filter_map(f))
    }

    /// Each with its number.
    pub fn enumerate(self) -> Serial<Enumerate<I>> {
        Serial(self.0.enumerate())
    }

    /// Side by side with another.
    pub fn zip<J: Iterator>(self, other: Serial<J>) -> Serial<Zip<I, J>> {
        Serial(self.0.zip(other.0))
    }

    /// From the last to the first.
    pub fn rev(self) -> Serial<Rev<I>>
    where
        I: DoubleEndedIterator,
    {
        Serial(self.0.rev())
    }

    /// How many a thread takes at least, of which there is one.
    pub fn with_min_len(self, _least: usize) -> Self {
        self
    }

    /// Does `f` with each.
    pub fn for_each(self, f: impl FnMut(I::Item)) {
        self.0.for_each(f);
    }

    /// Does `f` with each and something of the thread's own.
    pub fn for_each_init<T>(self, init: impl FnOnce() -> T, mut f: impl FnMut(&mut T, I::Item)) {
        let mut own = init();
        self.0.for_each(|item| f(&mut own, item));
    }

    /// All of them.
    pub fn collect<C: FromIterator<I::Item>>(self) -> C {
        self.0.collect()
    }

    /// Their sum.
    pub fn sum<S: Sum<I::Item>>(self) -> S {
        self.0.sum()
    }
}

/// What a loop takes over.
pub trait IntoParallelIterator: IntoIterator + Sized {
    /// Runs over what it holds.
    fn into_par_iter(self) -> Serial<Self::IntoIter> {
        Serial(self.into_iter())
    }
}

impl<T: IntoIterator> IntoParallelIterator for T {}

/// Loops over a slice.
pub trait ParallelSlice<T> {
    /// One by one.
    fn par_iter(&self) -> Serial<std::slice::Iter<'_, T>>;
    /// One by one, to be changed.
    fn par_iter_mut(&mut self) -> Serial<std::slice::IterMut<'_, T>>;
    /// In pieces of a length; the last may be shorter.
    fn par_chunks(&self, length: usize) -> Serial<std::slice::Chunks<'_, T>>;
    /// In pieces of a length, to be changed; the last may be shorter.
    fn par_chunks_mut(&mut self, length: usize) -> Serial<std::slice::ChunksMut<'_, T>>;
    /// Sorts it; equal elements may change places.
    fn par_sort_unstable(&mut self)
    where
        T: Ord;
    /// The same by a comparison.
    fn par_sort_unstable_by(&mut self, compare: impl Fn(&T, &T) -> std::cmp::Ordering);
}

impl<T> ParallelSlice<T> for [T] {
    fn par_iter(&self) -> Serial<std::slice::Iter<'_, T>> {
        Serial(self.iter())
    }

    fn par_iter_mut(&mut self) -> Serial<std::slice::IterMut<'_, T>> {
        Serial(self.iter_mut())
    }

    fn par_chunks(&self, length: usize) -> Serial<std::slice::Chunks<'_, T>> {
        Serial(self.chunks(length))
    }

    fn par_chunks_mut(&mut self, length: usize) -> Serial<std::slice::ChunksMut<'_, T>> {
        Serial(self.chunks_mut(length))
    }

    fn par_sort_unstable(&mut self)
    where
        T: Ord,
    {
        self.sort_unstable();
    }

    fn par_sort_unstable_by(&mut self, compare: impl Fn(&T, &T) -> std::cmp::Ordering) {
        self.sort_unstable_by(compare);
    }
}

/// What a loop adds to.
pub trait ParallelExtend<T> {
    /// Adds all of them at the end.
    fn par_extend<I: Iterator<Item = T>>(&mut self, more: Serial<I>);
}

impl<T> ParallelExtend<T> for Vec<T> {
    fn par_extend<I: Iterator<Item = T>>(&mut self, more: Serial<I>) {
        self.extend(more.0);
    }
}
