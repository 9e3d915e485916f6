//! Runs the simulator of the DGII's e-CF services until Ctrl-C:
//! `cargo run -p simulators --example dom_ecf -- calm`.
//!
//! The first words may be `calm`, and the two ports (4720 and 4721 by default).

use std::time::{SystemTime, UNIX_EPOCH};

use simulators::Clock;
use simulators::dom_ecf::{self, Options};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options::new(Clock::of(now), 1);
    let mut words = std::env::args().skip(1).peekable();
    if words.next_if(|word| word == "calm").is_some() {
        options = options.calm();
    }
    options.listen.set_port(words.next().map_or(Ok(4_720), |port| port.parse())?);
    options.management.set_port(words.next().map_or(Ok(4_721), |port| port.parse())?);
    let running = dom_ecf::start(options).await?;
    println!("DGII        {}\nmanagement  {}", running.url, running.management_url);
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a process must read the time somewhere: here")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
