use super::*;

fn password(text: &str) -> Password {
    Password::from(text.to_owned())
}

fn hasher(workers: usize, waiting: usize) -> Hasher {
    Hasher::with(Context::ambient(), workers, waiting)
}

#[tokio::test]
async fn a_hash_proves_its_password_alone() {
    let hasher = hasher(1, 8);
    let phc = hasher.hash(&password("unheard-of")).await.unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    assert_ne!(phc, hasher.hash(&password("unheard-of")).await.unwrap());
    assert!(hasher.verify(&password("unheard-of"), Some(&phc)).await.unwrap());
    assert!(!hasher.verify(&password("unheard-oF"), Some(&phc)).await.unwrap());
    assert_eq!(hasher.computed(), 4);
}

#[tokio::test]
async fn nobodys_password_is_wrong_and_costs_as_much() {
    let hasher = hasher(1, 8);
    assert!(!hasher.verify(&password("unheard-of"), None).await.unwrap());
    assert_eq!(hasher.computed(), 1);
    let nobodys = argon2::PasswordHash::new(NOBODYS).unwrap();
    let ours = argon2().unwrap().hash_password_with_salt(b"unheard-of", &[1; 16]).unwrap();
    assert_eq!((nobodys.algorithm, nobodys.version, &nobodys.params), (ours.algorithm, ours.version, &ours.params));
    let lengths = |hash: &argon2::PasswordHash| (hash.salt.unwrap().len(), hash.hash.unwrap().len());
    assert_eq!(lengths(&nobodys), lengths(&ours));
}

#[tokio::test]
async fn what_is_not_a_hash_is_a_bug_of_ours() {
    let problem = hasher(1, 8).verify(&password("unheard-of"), Some("plain")).await.unwrap_err();
    assert_eq!(problem.slug(), "internal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_refused_and_passes() {
    let hasher = hasher(1, 3);
    let word = password("unheard-of");
    let flood = (0..20).map(|_| hasher.verify(&word, None));
    let answers = futures::future::join_all(flood).await;
    let refused = answers.iter().filter(|answer| matches!(answer, Err(Problem::Overloaded))).count();
    assert!((10..=16).contains(&refused), "{refused} of 20 refused where 4 have a place");
    assert!(hasher.verify(&word, None).await.is_ok());
}
