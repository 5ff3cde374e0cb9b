//! What `./dev test` does around the tests.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Said;

/// A binary of tests, of which one fails; each notes its process.
const TESTS: &str = r#"#!/bin/sh
case "$*" in
    *--list*one) echo 'one: test' ;;
    *--list*more::) echo 'more::two: test' ;;
    *--list*) printf 'one: test\nmore::two: test\nspeed: benchmark\n' ;;
    *) echo $$ >"$0.$2"; [ "$2" = one ] || { echo 'two is wrong'; exit 101; } ;;
esac
"#;

#[test]
fn without_nextest_each_test_has_a_process_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let tests = folder.path().join("some tests");
    std::fs::write(&tests, TESTS).unwrap();
    std::fs::set_permissions(&tests, PermissionsExt::from_mode(0o755)).unwrap();
    let each = |names: &[&str]| {
        let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dev.d/each-test");
        // As cargo says of which package they are.
        let mut runs = std::process::Command::new(runner);
        Said::of(&runs.arg(&tests).args(names).env("CARGO_PKG_NAME", "this").output().unwrap())
    };
    let all = each(&[]);
    assert_eq!(all.code, Some(101), "{all:?}");
    assert_eq!(all.out, "== more::two\ntwo is wrong\n1 of 2 tests of some tests failed:\n    more::two\n");
    let process = |name: &str| std::fs::read_to_string(folder.path().join(format!("some tests.{name}"))).unwrap();
    assert_ne!(process("one"), process("more::two"));
    for names in [&["one"][..], &["this/one"], &["another/", "this/one"]] {
        let one = each(names);
        assert_eq!((one.code, one.out.as_str()), (Some(0), "ok: 1 tests of some tests, a process each\n"), "{one:?}");
    }
    for (names, words) in [(["this/", "another/one"], "1 of 2 tests"), (["this/more::", "another/"], "1 of 1 tests")] {
        let some = each(&names);
        assert!(some.out.contains(&format!("{words} of some tests failed:\n    more::two\n")), "{some:?}");
    }
    let none = each(&["another/", "another/one"]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""), "{none:?}");
}
