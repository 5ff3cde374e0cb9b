//! A page as the two scans of an index that fetch it: away from a place, backwards and forwards.

use api_kit::{At, Items, Page, Start};
use serde::Serialize;

/// How much of a list to fetch on which side of which place. One of the sides is empty, but around an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice<C> {
    /// Up to `most_before` items right before this place.
    pub(crate) before: C,
    pub(crate) most_before: i64,
    /// Up to `most_after` items right after this place.
    pub(crate) after: C,
    pub(crate) most_after: i64,
}

impl<C: Clone> Slice<C> {
    /// What a page fetches. `first` and `last` are places before and after every item.
    pub(crate) fn of<T>(page: &Page<C, T>, start: Start, first: C, last: C) -> Self {
        let most = page.fetch();
        let (backward, from) = match (&page.at, start) {
            (At::Start, Start::First) => (false, None),
            (At::Start, Start::Last) => (true, None),
            (At::Before(place), _) => (true, Some(place.clone())),
            (At::After(place), _) => (false, Some(place.clone())),
        };
        if backward {
            Self { before: from.unwrap_or(last), most_before: most, after: first, most_after: 0 }
        } else {
            Self { before: last, most_before: 0, after: from.unwrap_or(first), most_after: most }
        }
    }
}

/// The page that rows in the list's order make, of which there may be one too many.
pub(crate) fn cut<C: Serialize, T, R>(
    page: &Page<C, T>,
    start: Start,
    mut rows: Vec<R>,
    place: impl Fn(&R) -> C,
) -> Items<R> {
    if page.is_backward(start) {
        rows.reverse();
    }
    page.cut(start, rows, place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use api_kit::NoParameters;

    fn page(at: At<i64>) -> Page<i64> {
        Page { limit: 2, at, query: NoParameters {} }
    }

    #[test]
    fn a_page_is_fetched_away_from_its_place() {
        let slice = |at, start| {
            let slice = Slice::of(&page(at), start, 0, 99);
            (slice.before, slice.most_before, slice.after, slice.most_after)
        };
        assert_eq!(slice(At::Start, Start::Last), (99, 3, 0, 0));
        assert_eq!(slice(At::Start, Start::First), (99, 0, 0, 3));
        assert_eq!(slice(At::Before(7), Start::First), (7, 3, 0, 0));
        assert_eq!(slice(At::After(7), Start::Last), (99, 0, 7, 3));
    }

    #[test]
    fn the_row_too_many_is_the_farthest() {
        let items = |at, start| cut(&page(at), start, vec![4, 5, 6], |row| *row).items;
        assert_eq!(items(At::Start, Start::Last), [5, 6]);
        assert_eq!(items(At::Before(7), Start::First), [5, 6]);
        assert_eq!(items(At::After(3), Start::First), [4, 5]);
    }
}
