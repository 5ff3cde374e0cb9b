//! Every query of the contract is asked of histories, or it is said why not.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;

use super::auditors;
use super::beside::File;
use super::question::Question;
use crate::model::query::{Askers, Query};
use crate::model::world::World;
use crate::openapi::COMMITTED;

/// What is not asked of the past, and why. A query that is new is asked, by the model or beside it, or stands here.
const NOT_ASKED: [(&str, &str); 18] = [
    ("AuditErasure", "whoever reads the record is put on it: of today, and refused there"),
    ("Describe", "is of the program"),
    ("ExplainProblem", "is of the program"),
    ("GetCheckpoint", "the record is sealed where today is served, and nothing is where the past is"),
    ("GetCheckpointKey", "the record is sealed where today is served, and nothing is where the past is"),
    ("GetErasure", "what proves a receipt is of the record, which is sealed where today is served"),
    ("GetHold", "whoever reads the record is put on it: of today, and refused there"),
    ("GetIceServers", "is of settings of the process"),
    ("GetProvenance", "whoever reads the record is put on it: of today, and refused there"),
    ("GetTile", "the record is sealed where today is served, and nothing is where the past is"),
    ("ListAuditEvents", "whoever reads the record is put on it: of today, and refused there"),
    ("ListHolds", "whoever reads the record is put on it: of today, and refused there"),
    ("Live", "is of the process"),
    ("OpenStream", "what is told as it happens has no past: it is refused there"),
    ("ProveConsistency", "the record is sealed where today is served, and nothing is where the past is"),
    ("ProveInclusion", "the record is sealed where today is served, and nothing is where the past is"),
    ("ReadManual", "is of the program"),
    ("Ready", "is of the process"),
];

#[test]
fn every_query_of_the_contract_is_asked_of_the_past_or_it_is_said_why_not() {
    let file = File { id: Uuid::nil(), owner: 0 };
    let askers = Askers { turn: 0, everybody: true };
    let of_the_model = Query::all(&World::of_each(), askers).into_iter().map(|(_, query)| query.operation());
    let beside = Question::all(&[file]).into_iter().map(|(_, question)| question.operation());
    let asked: BTreeSet<&str> = of_the_model.chain(beside).chain(auditors::OPERATIONS).collect();
    let not_asked: BTreeSet<&str> = NOT_ASKED.iter().map(|(operation, _)| *operation).collect();
    let both: Vec<_> = asked.intersection(&not_asked).collect();
    assert!(both.is_empty(), "are asked, and it is said why not: {both:?}");

    let document: Value = serde_json::from_str(COMMITTED).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let queries: BTreeSet<&str> = paths.filter_map(|path| path["get"]["operationId"].as_str()).collect();
    let listed: BTreeSet<&str> = asked.union(&not_asked).copied().collect();
    let (unheard_of, former): (Vec<_>, Vec<_>) =
        (queries.difference(&listed).collect(), listed.difference(&queries).collect());
    assert!(unheard_of.is_empty(), "say how these are asked of the past, or why not: {unheard_of:?}");
    assert!(former.is_empty(), "are no queries of the contract: {former:?}");
}
