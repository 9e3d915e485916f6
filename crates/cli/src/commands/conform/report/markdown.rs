//! The report as people read it: Markdown whose tables stand in columns on a terminal too.

use super::{Line, Report, Standing, StepState};
use crate::commands::conform::authority::State;
use crate::commands::conform::steps::{STEPS, Step};

impl Report {
    pub(in super::super) fn to_markdown(&self) -> String {
        let mut text = self.heading();
        text.push_str("\n## The fifteen steps\n\n");
        text.push_str(&self.steps());
        for step in &STEPS {
            let lines: Vec<&Line> = self.of_step(step.number).collect();
            if !lines.is_empty() {
                text.push_str(&title(step));
                text.push_str(&documents(&lines));
            }
        }
        text.push_str(&self.doubted());
        text.push_str(&self.remaining());
        text
    }

    fn heading(&self) -> String {
        let place = if self.is_simulated {
            "on this machine: nothing of this counts"
        } else {
            "the authority itself"
        };
        let verdict = if self.failed() == 0 { "passed" } else { "FAILED" };
        format!(
            "# Certification of {}\n\n- RNC: {}\n- Before: {} ({place})\n- Ended: {}\n- Result: \
             **{verdict}**, {}\n",
            escaped(&self.taxpayer.name),
            self.taxpayer.tax_id,
            escaped(&self.authority),
            self.at,
            self.summary(),
        )
    }

    fn steps(&self) -> String {
        let row = |step| {
            let &Step { number, title, .. } = step;
            let said = match self.state(step) {
                StepState::Walked { passed, of } if passed == of => format!("passed, {of} of {of}"),
                StepState::Walked { passed, of } => format!("**FAILED**, {passed} of {of}"),
                StepState::LeftOut(why) => format!("not walked: {why}"),
                StepState::ByHand => "by hand".to_owned(),
            };
            vec![number.to_string(), title.to_owned(), said]
        };
        let rows: Vec<_> = STEPS.iter().map(row).collect();
        table(&["step", "what", "result"], &rows)
    }

    /// A set may hold wrong sums on purpose: they are sent as they stand.
    fn doubted(&self) -> String {
        if self.doubts.is_empty() {
            return String::new();
        }
        let rows: Vec<String> =
            self.doubts.iter().map(|doubt| format!("- {}.\n", escaped(&doubt.told()))).collect();
        format!(
            "\n## Sums of the set that are not ours\n\nThey were sent as the set has them.\n\n{}",
            rows.concat()
        )
    }

    fn remaining(&self) -> String {
        let left = STEPS.iter().filter(|step| !self.is_walked(step));
        let rows: Vec<String> =
            left.map(|step| format!("- Step {}: {}.\n", step.number, step.by_hand)).collect();
        format!("\n## What remains by hand\n\n{}", rows.concat())
    }
}

fn title(step: &Step) -> String {
    format!("\n## Step {}: {}\n\n", step.number, step.title)
}

/// The documents of a step, then what was said of them.
fn documents(lines: &[&Line]) -> String {
    let row = |line: &&Line| {
        let mark = if line.standing.is_passed() { "pass" } else { "**FAIL**" };
        let code = line.security_code.as_ref().map(|code| format!("`{code}`"));
        let word = line.standing.word().replace('_', " ");
        vec![
            mark.to_owned(),
            line.document.clone(),
            line.number.clone(),
            code.unwrap_or_default(),
            word,
        ]
    };
    let rows: Vec<_> = lines.iter().map(row).collect();
    let mut text = table(&["", "document", "number", "security code", "state"], &rows);
    let said: Vec<String> = lines.iter().filter_map(|line| said(line)).collect();
    if !said.is_empty() {
        text.push('\n');
        text.push_str(&said.concat());
    }
    text
}

fn said(line: &Line) -> Option<String> {
    let messages: Vec<String> =
        line.standing.messages().iter().map(|message| escaped(message)).collect();
    let is_worth_it = !messages.is_empty() && !is_plain(&line.standing);
    is_worth_it.then(|| format!("- {} {}: {}\n", line.document, line.number, messages.join("; ")))
}

/// Accepted without a remark: what is said of it besides is courtesy, and stands in the JSON.
fn is_plain(standing: &Standing) -> bool {
    matches!(standing, Standing::Answered(answer) if answer.state == State::Accepted)
}

/// A table whose columns are as wide as their widest cell.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| escaped(cell)).collect()).collect();
    let width = |column: usize| {
        let cells = rows.iter().chain([&head]).map(|row| row[column].chars().count());
        cells.max().unwrap_or(0).max(3)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    [&head, &rule].into_iter().chain(&rows).map(line).collect()
}

/// What others wrote stays on its line and in its cell.
fn escaped(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_stands_in_columns_and_keeps_what_others_wrote_in_its_cell() {
        let rows =
            [vec!["1".to_owned(), "Señal".to_owned()], vec!["12".to_owned(), "a|b\n<i>".into()]];
        let expected = "\
| no  | what        |
| --- | ----------- |
| 1   | Señal       |
| 12  | a\\|b &lt;i> |
";
        assert_eq!(table(&["no", "what"], &rows), expected);
    }
}
