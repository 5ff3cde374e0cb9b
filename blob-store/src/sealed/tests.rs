use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::Reading;

/// What a chunk of the full length takes.
const WHOLE: usize = CHUNK + NONCE + TAG;

fn key() -> SealKey {
    SealKey::new([7; 32])
}

/// So many bytes, none like its neighbours.
fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|place| u8::try_from((place + place / 251) % 256).unwrap()).collect()
}

/// Up to some chunks, and often exactly so many.
fn sizes() -> impl Strategy<Value = usize> {
    let near = (0..4_usize, -1..=1_isize).prop_map(|(chunks, off)| (chunks * CHUNK).saturating_add_signed(off));
    prop_oneof![near, 0..3 * CHUNK, 0..100_usize]
}

/// `bytes`, sealed as they come in pieces that end at `ends`; after every piece whose number is in `pauses` it is left
/// and gone on with.
fn sealed(bytes: &[u8], mut ends: Vec<usize>, pauses: &[usize]) -> Vec<u8> {
    ends.push(bytes.len());
    ends.sort_unstable();
    let (mut sealer, mut kept, mut from) = (Sealer::new(&key()), vec![], 0);
    for (number, end) in ends.into_iter().enumerate() {
        kept.extend(sealer.seal(&bytes[from..end]).concat());
        from = end;
        if pauses.contains(&number) {
            let (chunks, begun) = sealer.pause();
            assert_eq!((slots(chunks), whole_chunks(kept.len() as u64)), (kept.len() as u64, chunks));
            let so_far = chunks * CHUNK as u64 + begun.as_ref().map_or(0, |begun| chunk_size(begun.len()));
            assert_eq!(so_far, end as u64);
            sealer = Sealer::resume(&key(), chunks, begun.as_deref()).unwrap();
        }
    }
    kept.extend(sealer.finish());
    kept
}

/// As they come from a disk, in pieces of `piece` bytes.
fn reading(sealed: &[u8], piece: usize) -> Reading {
    let pieces: Vec<_> = sealed.chunks(piece.max(1)).map(Bytes::copy_from_slice).map(Ok).collect();
    stream::iter(pieces).boxed()
}

/// What opens of a range before there is an end or an error, and whether there is an error.
fn opens(kept: &[u8], key: &SealKey, size: usize, range: Range<usize>, piece: usize) -> (Vec<u8>, bool) {
    let range = range.start as u64..range.end as u64;
    let part = sealed_range(size as u64, &range);
    let cut = |place: u64| usize::try_from(place).unwrap().min(kept.len());
    let mut reading = opened(reading(&kept[cut(part.start)..cut(part.end)], piece), key, size as u64, range);
    let mut whole = vec![];
    futures::executor::block_on(async {
        loop {
            match reading.try_next().await {
                Ok(Some(piece)) => whole.extend(piece),
                end => return (whole, end.is_err()),
            }
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn however_it_came_every_range_of_it_is_what_it_was(
        size in sizes(), ends in vec(any::<Index>(), 0..5), pauses in vec(0..6_usize, 0..3),
        from in any::<Index>(), to in any::<Index>(), piece in 1..200_000_usize,
    ) {
        let bytes = bytes(size);
        let kept = sealed(&bytes, ends.iter().map(|end| end.index(size + 1)).collect(), &pauses);
        prop_assert_eq!(kept.len() as u64, sealed_size(size as u64));
        let (from, to) = (from.index(size + 1), to.index(size + 1));
        for range in [from.min(to)..from.max(to), 0..size, size..size] {
            let (opened, failed) = opens(&kept, &key(), size, range.clone(), piece);
            prop_assert!(!failed && opened == bytes[range]);
        }
    }

    #[test]
    fn whoever_tampers_with_it_is_noticed(
        size in sizes(), how in 0..7_usize, place in any::<Index>(), other in any::<Index>(), piece in 1..200_000_usize,
    ) {
        let bytes = bytes(size);
        let kept = sealed(&bytes, vec![], &[]);
        let mut slots: Vec<Vec<u8>> = kept.chunks(WHOLE).map(<[u8]>::to_vec).collect();
        let (one, two) = (place.index(slots.len()), other.index(slots.len()));
        match how {
            // A byte is another.
            0 => { let at = place.index(slots[two].len()); slots[two][at] ^= 1 << (size % 8) }
            // Something is cut off, or left out.
            1 => { let all = slots.concat(); slots = vec![all[..place.index(all.len())].to_vec()] }
            2 => _ = slots.remove(one),
            // Chunks change places, or stand twice.
            3 => slots.swap(one, two),
            4 => slots[one] = slots[two].clone(),
            // A chunk comes from another blob of the same bytes.
            5 => slots[one] = {
                let mut sealer = Sealer::new(&SealKey::new([8; 32]));
                let strange = [sealer.seal(&bytes).concat(), sealer.finish().to_vec()].concat();
                strange.chunks(WHOLE).nth(one).unwrap().to_vec()
            },
            // What was left is taken for what is finished.
            _ => {
                let mut sealer = Sealer::new(&key());
                let begun = sealer.seal(&bytes).concat();
                slots = vec![begun, sealer.pause().1.unwrap_or_default().to_vec()];
            }
        }
        let tampered = slots.concat();
        prop_assume!(tampered != kept);
        let (opened, failed) = opens(&tampered, &key(), size, 0..size, piece);
        prop_assert!(failed && bytes.starts_with(&opened));
    }
}

#[test]
fn with_another_size_or_another_key_it_does_not_open() {
    let bytes = bytes(CHUNK + 5);
    let kept = sealed(&bytes, vec![], &[]);
    for size in [0, 5, CHUNK, CHUNK + 4, CHUNK + 6, 2 * CHUNK, 3 * CHUNK] {
        let (opened, failed) = opens(&kept, &key(), size, 0..size, 1000);
        assert!(failed && bytes.starts_with(&opened), "{size}");
    }
    assert_eq!(opens(&kept, &SealKey::new([8; 32]), bytes.len(), 0..bytes.len(), 1000), (vec![], true));
    assert!(Sealer::resume(&key(), 0, Some(&kept[..WHOLE])).is_ok(), "a chunk that is not the last goes on");
    assert!(Sealer::resume(&key(), 1, Some(&kept[..WHOLE])).is_err(), "at its place alone");
    assert!(Sealer::resume(&key(), 1, Some(&kept[WHOLE..])).is_err(), "and after the last there is nothing");
}

#[test]
fn the_same_bytes_are_never_sealed_alike() {
    let [one, other] = [(), ()].map(|()| sealed(b"hello", vec![], &[]));
    assert_ne!(one, other);
    assert!(!one.windows(5).any(|window| window == b"hello"));
}

#[test]
fn a_key_is_read_back_from_its_digits_and_shown_to_nobody() {
    let digits = key().to_hex();
    assert_eq!(SealKey::from_hex(&digits).unwrap().to_hex(), digits);
    assert!(SealKey::from_hex("07").is_none() && SealKey::from_hex(&"0x".repeat(32)).is_none());
    assert!(!format!("{:?}", key()).contains("07"));
}
