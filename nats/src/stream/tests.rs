use super::*;

#[test]
fn a_name_says_epoch_and_base() {
    let name = StreamName { epoch: 2, base: 90 };
    assert_eq!(name.to_string(), "hansard_e2_b90");
    assert_eq!("hansard_e2_b90".parse(), Ok(name));
    for other in [
        "hansard",
        "hansard_e2",
        "hansard_e2_b",
        "hansard_e02_b90",
        "hansard_e+2_b90",
        "xhansard_e2_b90",
        "hansard_e2_b90_",
    ] {
        assert_eq!(other.parse::<StreamName>(), Err(NotOurs), "{other}");
    }
}

#[test]
fn sequences_begin_after_the_base() {
    let name = StreamName { epoch: 1, base: 90 };
    assert_eq!(name.position(1), 91);
    assert_eq!(name.sequence(91), Some(1));
    assert_eq!(name.sequence(90), None);
    assert_eq!(name.sequence(3), None);
}

#[test]
fn what_the_server_echoes_is_compared() {
    let name = StreamName { epoch: 1, base: 0 };
    let wanted = config(name, Retention::default());
    assert_eq!(difference(&wanted, &wanted.clone()), None);

    let mut echoed = wanted.clone();
    echoed.max_bytes += 1;
    assert_eq!(difference(&wanted, &echoed), Some(Difference { field: "max_bytes", can_change: true }));
    echoed.deny_delete = false;
    assert_eq!(difference(&wanted, &echoed), Some(Difference { field: "deny_delete", can_change: false }));
}
