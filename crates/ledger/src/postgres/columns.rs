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
    Invoices {
        outlet: String,
        sequence: i64,
        invoice: &'a str,
        tenant: &'a str,
        series: String,
        range: Option<&'a str>,
        ordinal: i64,
        turn: i64,
        number: &'a str,
        at: i64,
        taxpayer: &'a str,
        total: String,
        currency: &'a str,
        regime: &'a str,
        payload_hash: &'a [u8],
        document_kind: &'a str,
        issued_on: &'a str,
        customer_name: Option<&'a str>,
        customer_tax_id: Option<&'a str>,
        stage: &'a str,
    }
}

columns! {
    Keys {
        tenant: &'a str,
        key: &'a str,
        body_hash: &'a [u8],
        outlet: String,
        invoice: &'a str,
        at: i64,
    }
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
    Submissions {
        outlet: String,
        sequence: i64,
        invoice: &'a str,
        tenant: &'a str,
        state: &'a str,
        progress: &'a [u8],
        due_at: i64,
        ordered: bool,
        lease_token: i64,
        lease_owner: Option<&'a str>,
        lease_until: Option<i64>,
        at: i64,
        send_by: Option<i64>,
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
    Heads {
        outlet: &'a str,
        sequence: i64,
        hash: &'a [u8],
        at: i64,
        before: i64,
        frontier: Vec<u8>,
        generation: i64,
        recovered_at: i64,
    }
}

columns! {
    Checkpoints {
        outlet: &'a str,
        size: i64,
        tenant: &'a str,
        root: &'a [u8],
        key_id: &'a str,
        signature: &'a [u8],
    }
}

columns! {
    LogTiles {
        outlet: &'a str,
        level: i64,
        ordinal: i64,
        tenant: &'a str,
        hash: Vec<u8>,
    }
}

columns! {
    LastNumbers {
        outlet: &'a str,
        series: String,
        last: i64,
        tenant: &'a str,
    }
}

columns! {
    Entries {
        outlet: &'a str,
        sequence: i64,
        tenant: &'a str,
        invoice: Option<&'a str>,
        opening: Option<i64>,
        kind: &'a str,
        at: i64,
        statement: &'a [u8],
        hash: &'a [u8],
        key_id: &'a str,
        signature: &'a [u8],
        elements: Option<&'a [u8]>,
        authority_code: Option<&'a str>,
        note: Option<&'a [u8]>,
        payload: Option<&'a [u8]>,
    }
}

columns! {
    Events {
        counted: &'a str,
        count: i64,
        tenant: &'a str,
        place: i64,
        outlet: &'a str,
        sequence: i64,
    }
}

columns! {
    /// What is looked for after a commit whose end nobody told.
    Traces {
        outlet: &'a str,
        sequence: i64,
        hash: &'a [u8],
    }
}
