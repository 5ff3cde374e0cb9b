//! What a row of a read model is: named columns that travel to PostgreSQL as one array each, or row by row.

use std::hash::Hash;

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};

use super::cell::Cell;

/// A row of a read model; made by the macro `row!`.
pub(crate) trait Row: for<'r> sqlx::FromRow<'r, PgRow> + Send + Sync + Unpin {
    /// The table's name.
    const TABLE: &'static str;
    /// Columns of the primary key.
    const KEY: &'static [&'static str];
    /// All columns.
    const COLUMNS: &'static [Column];

    /// Binds one array for each column.
    fn bind(rows: &[&Self], arguments: &mut PgArguments) -> Result<(), BoxDynError>;

    /// Adds the row to those that are copied: the number of its fields, then these.
    fn copy(&self, rows: &mut Vec<u8>);
}

/// A row that is found by its key, and so can be loaded, changed and removed.
pub(crate) trait Keyed: Row {
    /// The primary key.
    type Key: Clone + Eq + Hash + Send + Sync;
    /// Columns of the primary key, in the order of `KEY`.
    const KEY_COLUMNS: &'static [Column];

    /// This row's primary key.
    fn key(&self) -> Self::Key;

    /// One array for each column of the key.
    fn bind_keys(keys: &[Self::Key]) -> Result<PgArguments, BoxDynError>;
}

/// A column: its name, the type of the array's elements, and what makes the column's type of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    field: &'static str,
    /// Type of the elements of the array that it travels in.
    pub(crate) wire: &'static str,
    /// What turns such an element into the column's type: empty, or `::type`.
    pub(crate) cast: &'static str,
}

impl Column {
    /// The column of a field.
    pub(crate) const fn of<T: Cell>(field: &'static str) -> Self {
        Self { field, wire: T::WIRE, cast: T::CAST }
    }

    /// Its name; a field called `type` is a raw identifier in Rust.
    pub(crate) fn name(&self) -> &'static str {
        self.field.trim_start_matches("r#")
    }
}

/// Declares a row: the table, the key's columns, and all columns as fields, with the names they have in
/// `migrations/read/`. A key of ids in brackets makes it [`Keyed`], and so does one of any types with a name of its own;
/// rows of a key in parentheses are only added.
macro_rules! row {
    ($(#[$doc:meta])* struct $name:ident in $table:literal by [$($key:ident),+] { $($fields:tt)+ }) => {
        $crate::rows::row! { $(#[$doc])* struct $name in $table by ($($key),+) { $($fields)+ } }

        impl $crate::rows::Keyed for $name {
            type Key = [uuid::Uuid; [$(stringify!($key)),+].len()];

            const KEY_COLUMNS: &'static [$crate::rows::Column] =
                &[$($crate::rows::Column::of::<uuid::Uuid>(stringify!($key))),+];

            fn key(&self) -> Self::Key {
                [$(self.$key),+]
            }

            fn bind_keys(keys: &[Self::Key]) -> Result<sqlx::postgres::PgArguments, sqlx::error::BoxDynError> {
                let mut arguments = sqlx::postgres::PgArguments::default();
                for part in 0..Self::KEY_COLUMNS.len() {
                    sqlx::Arguments::add(&mut arguments, keys.iter().map(|key| key[part]).collect::<Vec<_>>())?;
                }
                Ok(arguments)
            }
        }
    };
    (
        $(#[$doc:meta])* struct $name:ident in $table:literal by $key:ident { $($part:ident: $of:ty),+ }
        { $($fields:tt)+ }
    ) => {
        $crate::rows::row! { $(#[$doc])* struct $name in $table by ($($part),+) { $($fields)+ } }

        /// The key of a row.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub(crate) struct $key {
            $(pub(crate) $part: $of,)+
        }

        impl $crate::rows::Keyed for $name {
            type Key = $key;

            const KEY_COLUMNS: &'static [$crate::rows::Column] =
                &[$($crate::rows::Column::of::<$of>(stringify!($part))),+];

            fn key(&self) -> Self::Key {
                $key { $($part: self.$part.clone()),+ }
            }

            fn bind_keys(keys: &[Self::Key]) -> Result<sqlx::postgres::PgArguments, sqlx::error::BoxDynError> {
                let mut arguments = sqlx::postgres::PgArguments::default();
                $(sqlx::Arguments::add(
                    &mut arguments,
                    keys.iter().map(|key| $crate::rows::Cell::wire(&key.$part)).collect::<Vec<_>>(),
                )?;)+
                Ok(arguments)
            }
        }
    };
    ($(#[$doc:meta])* struct $name:ident in $table:literal by ($($key:ident),+) { $($field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, sqlx::FromRow)]
        pub(crate) struct $name {
            $(pub(crate) $field: $type,)+
        }

        impl $crate::rows::Row for $name {
            const TABLE: &'static str = $table;
            const KEY: &'static [&'static str] = &[$(stringify!($key)),+];
            const COLUMNS: &'static [$crate::rows::Column] = &[$($crate::rows::Column::of::<$type>(stringify!($field))),+];

            fn bind(
                rows: &[&Self],
                arguments: &mut sqlx::postgres::PgArguments,
            ) -> Result<(), sqlx::error::BoxDynError> {
                $(sqlx::Arguments::add(arguments, $crate::rows::column(rows, |row| &row.$field))?;)+
                Ok(())
            }

            fn copy(&self, rows: &mut Vec<u8>) {
                let fields = i16::try_from(<Self as $crate::rows::Row>::COLUMNS.len()).unwrap_or(i16::MAX);
                rows.extend(fields.to_be_bytes());
                $($crate::rows::Cell::copy(&self.$field, rows);)+
            }
        }
    };
}

pub(crate) use row;
