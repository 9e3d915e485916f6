//! Rows turned into columns: one array a column, one statement a table, however many orders.

/// Declares the columns of one statement, in the order of its parameters.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident { $($column:ident: $kind:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name<'a> {
            $(pub(super) $column: Vec<$kind>,)+
            of: std::marker::PhantomData<&'a ()>,
        }

        impl $name<'_> {
            pub(super) fn params(&self) -> Vec<&(dyn tokio_postgres::types::ToSql + Sync)> {
                vec![$(&self.$column,)+]
            }
        }
    };
}

columns! {
    Credits {
        tenant: &'a str,
        original: &'a str,
        line: i64,
        invoice: &'a str,
        quantity: i64,
    }
}

columns! {
    Replacements {
        tenant: &'a str,
        replaced: &'a str,
        turn: i64,
        invoice: &'a str,
    }
}

columns! {
    StandIns {
        tenant: &'a str,
        taxpayer: &'a str,
        outlet: String,
        number: &'a str,
        turn: i64,
        invoice: &'a str,
    }
}

columns! {
    Stages {
        outlet: String,
        sequence: i64,
        stage: &'a str,
    }
}

columns! {
    Changes {
        outlet: String,
        sequence: i64,
        state: &'a str,
        progress: &'a [u8],
        due_at: i64,
        last_answer: Option<String>,
        release: bool,
        now: i64,
        tried: bool,
    }
}

columns! {
    Attempts {
        outlet: String,
        sequence: i64,
        at: i64,
        asked: String,
        answer: String,
        duration_micros: i64,
        outcome: String,
    }
}

columns! {
    Freed {
        outlet: String,
        series: String,
        ordinal: i64,
        tenant: &'a str,
        turn: i64,
        held_for: Option<&'a str>,
    }
}

columns! {
    Taken {
        outlet: String,
        series: String,
        ordinal: i64,
    }
}

columns! {
    /// Invoices whose claims end.
    Released {
        invoice: &'a str,
    }
}

columns! {
    /// What is looked for after a commit whose end nobody told.
    Traces {
        outlet: &'a str,
        sequence: i64,
        hash: &'a [u8],
        invoice: Option<&'a str>,
    }
}
