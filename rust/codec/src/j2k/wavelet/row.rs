//! What is done along a row: each sample lifted by two neighbours, rows of two bands woven into one and taken apart.

/// `to[n] = lift(from[n], side[n - 1 + shift], side[n + shift])`, where `side` is continued by reflection. `shift` is 0 or 1; `side` has a
/// sample.
#[inline(always)]
pub(super) fn across<T: Copy>(
    to: &mut [T],
    from: &[T],
    side: &[T],
    shift: usize,
    lift: impl Fn(T, T, T) -> T,
) {
    let clamped = |at: usize| side.get(at).or(side.last()).copied();
    let first = 1 - shift;
    if let (1, Some(to), Some(&from), Some(&side)) = (first, to.first_mut(), from.first(), side.first()) {
        *to = lift(from, side, side);
    }
    let inside = side.len().saturating_sub(1).min(from.len().saturating_sub(first));
    let lefts = side.get(..inside).unwrap_or_default();
    let rights = side.get(1..).and_then(|side| side.get(..inside)).unwrap_or_default();
    let (Some(to), Some(from)) = (to.get_mut(first..), from.get(first..)) else { return };
    let (to, to_last) = to.split_at_mut_checked(inside).unwrap_or_default();
    let (from, from_last) = from.split_at_checked(inside).unwrap_or_default();
    for (((to, &from), &left), &right) in to.iter_mut().zip(from).zip(lefts).zip(rights) {
        *to = lift(from, left, right);
    }
    for (n, (to, &from)) in to_last.iter_mut().zip(from_last).enumerate() {
        if let (Some(left), Some(right)) = (clamped(inside + n), clamped(inside + n + 1)) {
            *to = lift(from, left, right);
        }
    }
}

/// `to[n] = lift(to[n], side[n - 1 + shift], side[n + shift])`, as [`across`].
#[inline(always)]
pub(super) fn across_in_place<T: Copy>(to: &mut [T], side: &[T], shift: usize, lift: impl Fn(T, T, T) -> T) {
    let clamped = |at: usize| side.get(at).or(side.last()).copied();
    let first = 1 - shift;
    if let (1, Some(to), Some(&side)) = (first, to.first_mut(), side.first()) {
        *to = lift(*to, side, side);
    }
    let inside = side.len().saturating_sub(1).min(to.len().saturating_sub(first));
    let lefts = side.get(..inside).unwrap_or_default();
    let rights = side.get(1..).and_then(|side| side.get(..inside)).unwrap_or_default();
    let Some(to) = to.get_mut(first..) else { return };
    let (to, to_last) = to.split_at_mut_checked(inside).unwrap_or_default();
    for ((to, &left), &right) in to.iter_mut().zip(lefts).zip(rights) {
        *to = lift(*to, left, right);
    }
    for (n, to) in to_last.iter_mut().enumerate() {
        if let (Some(left), Some(right)) = (clamped(inside + n), clamped(inside + n + 1)) {
            *to = lift(*to, left, right);
        }
    }
}

/// The last step of putting a row together: samples at odd places are lifted by their neighbours at even ones, and both are woven into a row,
/// which starts at an odd place if `is_odd`. There is a sample of each kind.
#[inline(always)]
pub(super) fn weave<T: Copy + Default>(
    evens: &[T],
    odds: &[T],
    is_odd: bool,
    out: &mut [T],
    lift: impl Fn(T, T, T) -> T,
) {
    let (Some(&first), Some(&even)) = (odds.first(), evens.first()) else { return };
    if !is_odd {
        return weave_pairs(evens, odds, out, lift);
    }
    let Some((start, rest)) = out.split_first_mut() else { return };
    *start = lift(first, even, even);
    if odds.len() == 1 {
        for last in rest.iter_mut() {
            *last = even;
        }
    } else {
        weave_pairs(evens, odds.get(1..).unwrap_or_default(), rest, lift);
    }
}

/// [`weave`] of a row that starts at an even place.
#[inline(always)]
fn weave_pairs<T: Copy + Default>(evens: &[T], odds: &[T], out: &mut [T], lift: impl Fn(T, T, T) -> T) {
    let (Some(&even), Some(&odd)) = (evens.last(), odds.last()) else { return };
    let nexts = evens.get(1..).unwrap_or_default();
    // Eight pairs are whole before they are written: so they are made in vectors, whatever the rows have to do with each other.
    let chunks = evens.as_chunks::<8>().0.iter().zip(nexts.as_chunks::<8>().0).zip(odds.as_chunks::<8>().0);
    let mut done = 0;
    for (out, ((evens, nexts), odds)) in out.as_chunks_mut::<16>().0.iter_mut().zip(chunks) {
        let (mut lifted, mut woven) = ([T::default(); 8], [T::default(); 16]);
        for (((lifted, &even), &next), &odd) in lifted.iter_mut().zip(evens).zip(nexts).zip(odds) {
            *lifted = lift(odd, even, next);
        }
        for ((pair, &even), odd) in woven.as_chunks_mut::<2>().0.iter_mut().zip(evens).zip(lifted) {
            *pair = [even, odd];
        }
        *out = woven;
        done += 8;
    }
    let rest = |list: &'_ [T]| list.len().min(done);
    let (evens_left, nexts, odds) =
        (evens.split_at(rest(evens)).1, nexts.split_at(rest(nexts)).1, odds.split_at(rest(odds)).1);
    let (pairs, _) = out.get_mut(2 * done..).unwrap_or_default().as_chunks_mut::<2>();
    for (((pair, &even), &next), &odd) in pairs.iter_mut().zip(evens_left).zip(nexts).zip(odds) {
        *pair = [even, lift(odd, even, next)];
    }
    // The last pair has no neighbour to the right, or is but half a pair.
    let last = out.get_mut(2 * (evens.len() - 1)..).unwrap_or_default();
    for (out, sample) in last.iter_mut().zip([even, lift(odd, even, even)]) {
        *out = sample;
    }
}

/// Takes a row apart: samples at even and at odd places; the first is at an odd one if `is_odd`.
#[inline(always)]
pub(super) fn unweave<T: Copy>(row: &[T], is_odd: bool, low: &mut [T], high: &mut [T]) {
    let (first, second) = if is_odd { (high, low) } else { (low, high) };
    let (pairs, last) = row.as_chunks::<2>();
    for ((&[a, b], first), second) in pairs.iter().zip(first.iter_mut()).zip(second) {
        (*first, *second) = (a, b);
    }
    if let (Some(&last), Some(sample)) = (last.first(), first.last_mut()) {
        *sample = last;
    }
}
