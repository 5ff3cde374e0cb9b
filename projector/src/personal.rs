//! What in the tables is sealed in the log with keys that go with a person, and so ends with the person's key.

/// Columns of a table that say something only while a person's key exists.
#[derive(Debug)]
pub(crate) struct Personal {
    pub(crate) table: &'static str,
    /// The column with the person.
    pub(crate) owner: &'static str,
    /// None of them says anything once the person's key is destroyed.
    pub(crate) columns: &'static [&'static str],
}

/// Every such column. What is kept of a person beside them, a replay makes again without any key.
pub(crate) const PERSONAL: &[Personal] = &[
    Personal { table: "account", owner: "id", columns: &["email", "display_name", "folded", "email_folded"] },
    Personal { table: "session", owner: "user_id", columns: &["ip", "user_agent"] },
    Personal { table: "settings", owner: "user_id", columns: &["settings"] },
    Personal { table: "message", owner: "author_id", columns: &["text", "entities", "mentions", "pinned", "erased"] },
    Personal { table: "membership", owner: "banned_by", columns: &["ban_reason"] },
    Personal { table: "reaction", owner: "user_id", columns: &["emoji"] },
    Personal { table: "file", owner: "author_id", columns: &["filename"] },
    Personal { table: "message_version", owner: "author_id", columns: &["text"] },
];

/// Tables whose rows follow from what many people wrote: purged like the others, but nobody's alone.
pub(crate) const MIXED: [&str; 6] =
    ["file_reference", "file_usage", "mention", "reaction_count", "search_bucket", "tally"];

/// What of a table is personal.
pub(crate) fn of(table: &str) -> Option<&'static Personal> {
    PERSONAL.iter().find(|personal| personal.table == table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{Column, TABLES};

    #[test]
    fn personal_columns_are_there_and_no_keys() {
        for Personal { table, owner, columns } in PERSONAL {
            let known = TABLES.iter().find(|known| known.name == *table).expect("a table of this name");
            let names: Vec<_> = known.columns.iter().map(Column::name).collect();
            assert!(names.contains(owner), "{table}.{owner}");
            for column in *columns {
                assert!(names.contains(column) && !known.key.contains(column) && column != owner, "{table}.{column}");
            }
        }
    }
}
