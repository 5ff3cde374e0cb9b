//! Notes and checkpoints that others signed.

use record::{BadHead, Head, VerifierKey};

/// The key of Go's checksum database.
const SUM_DB: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

/// Two of its checkpoints. It does not bear the name of its key, as a record of ours does.
const SUM_DB_HEADS: [(u64, &str); 2] = [
    (
        15_081_221,
        "go.sum database tree\n15081221\nBoMMe1wd25Tco0mYGROkyqxHZWx+hcSCtMV315Lu6Lg=\n\n\u{2014} sum.golang.org Az3grilD7vQqTrv66jRgKM84Y80KTprrSt4bKmiOPxgmS5ZVBTeCl6dUvjYnN13R+C8j0jGY1WnUADGMkok3U0m2Zgo=\n",
    ),
    (
        63_096_908,
        "go.sum database tree\n63096908\n8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=\n\n\u{2014} sum.golang.org Az3gri/oVBN1jAhNZ/iS+W31psFAWRT20/GyrhpU6taFwulQGetBkH5S7wpGXdS935jiIGiUUAXBVHzT/P6fYhqAmAk=\n",
    ),
];

/// The example of Go's package for signed notes: signed, and no checkpoint.
const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const NOTE_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

fn verified(note: &str, key: &str) -> Result<Head, BadHead> {
    Head::verify(note.as_bytes(), &[VerifierKey(key.to_owned())])
}

#[test]
fn a_checkpoint_of_the_checksum_database_is_read() {
    for (size, note) in SUM_DB_HEADS {
        let head = Head::read(note.as_bytes()).unwrap();
        assert_eq!((head.origin.as_str(), head.size), ("go.sum database tree", size));
    }
}

#[test]
fn its_signature_verifies_and_it_is_not_taken_for_one_of_the_keys_record() {
    for (_, note) in SUM_DB_HEADS {
        // The origin is looked at once the signature is known to be true.
        let refused = verified(note, SUM_DB).unwrap_err();
        assert!(matches!(&refused, BadHead::Origin { found } if found == "go.sum database tree"), "{refused:?}");
        let changed = note.replacen("15081221", "15081222", 1).replacen("63096908", "63096907", 1);
        assert!(matches!(verified(&changed, SUM_DB), Err(BadHead::Signature(_))), "{changed}");
        assert!(matches!(verified(note, NOTE_KEY), Err(BadHead::Signature(_))));
    }
}

#[test]
fn a_note_that_is_no_checkpoint_is_told_from_one_that_is_not_signed() {
    assert!(matches!(verified(NOTE, NOTE_KEY), Err(BadHead::NoCheckpoint)));
    let changed = NOTE.replacen("your problem is", "our problem is", 1);
    assert!(matches!(verified(&changed, NOTE_KEY), Err(BadHead::Signature(_))));
}
