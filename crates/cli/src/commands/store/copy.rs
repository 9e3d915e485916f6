//! `stalela store copy`

use std::io::IsTerminal as _;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ledger::Copied;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::input;
use crate::store::{Given, PasswordFile};

/// Copy a whole ledger into a store that holds none: every row, byte for byte.
///
/// What has arrived is read again and compared with what left; `stalela verify` then says the same of
/// both. Stop every server and agent of the old store first, and never start one over it again: two
/// stores that go on would give out the same numbers. A database's schema is made before, with
/// `stalela migrate`; a file is made by this. A copy that is cut off leaves nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  PGPASSWORD=… stalela store copy data/stalela.db postgres://stalela@db.example/stalela
  stalela store copy postgres://stalela@localhost/stalela sqlite://data/copy.db")]
pub(crate) struct Copy {
    /// The store that is copied: an SQLite file, or `postgres://user@host/database`.
    #[arg(value_name = "FROM")]
    from: Given,
    /// The store that it is copied into: a file that is not there yet, or a database that holds
    /// nothing.
    #[arg(value_name = "TO")]
    to: Given,
    #[command(flatten)]
    password: PasswordFile,
}

impl Copy {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        let from = self.password.complete(&self.from)?;
        let to = self.password.complete(&self.to)?;
        if let Some(path) = from.path() {
            input::check_ledger(path)?;
        }
        let work = move || {
            let bar = progress_bar();
            let options = ledger::Options::default();
            let copied = ledger::copy(&from, &to, options, &mut |table, rows| {
                bar.set_message(table);
                bar.set_position(rows);
            });
            bar.finish_and_clear();
            copied
        };
        let copied = tokio::task::spawn_blocking(work).await.map_err(Failure::unusable)??;
        tell(&copied, json);
        Ok(())
    }
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg}: {human_pos} rows, {elapsed}")
        .expect("the template is a constant");
    ProgressBar::new_spinner().with_style(style)
}

fn tell(copied: &Copied, json: bool) {
    if json {
        let rows = copied.tables.iter().map(|(table, rows)| ((*table).to_owned(), json!(rows)));
        println!("{}", json!({ "rows": Value::Object(rows.collect::<Map<_, _>>()) }));
        return;
    }
    for (table, rows) in copied.tables.iter().filter(|(_, rows)| *rows > 0) {
        println!("{rows:>12}  {table}");
    }
    println!("copied, byte for byte: `stalela verify` says the same of both");
}
