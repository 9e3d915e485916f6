//! Carries one connection's messages, both ways, and does to it what the schedule says.
//!
//! It runs on the schedule's own thread: what it does between two waits, nobody sees in part.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;

use super::faults::{Door, Fault, Role};
use super::frames::{Answers, Is, Request, Requests, fatal, parse_nothing, raise, startup_length};
use super::wire::{LinkId, Wire};
use crate::disk::Process;

/// Takes in the connections of one process, until it is dead.
pub(super) async fn listen(wire: Arc<Wire>, process: Process, listener: UnixListener) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(carry(Arc::clone(&wire), process, client));
    }
}

async fn carry(wire: Arc<Wire>, process: Process, mut client: UnixStream) {
    let Ok(startup) = read_startup(&mut client).await else { return };
    if !wire.lives(process) {
        return;
    }
    if let Some(door) = wire.door() {
        if let Door::Says(code) = door {
            let _ = client.write_all(&fatal(code)).await;
        }
        return;
    }
    let server = UnixStream::connect(&wire.server).await;
    let mut server = server.expect("the cluster of the run is up");
    if server.write_all(&startup).await.is_err() {
        return;
    }
    let (id, cut) = wire.open(process);
    let carrier = Carrier {
        wire: Arc::clone(&wire),
        process,
        id,
        client,
        server,
        requests: Requests::default(),
        answers: Answers::default(),
        unanswered: 1,
        last: None,
    };
    carrier.run(&cut).await;
    wire.has_ended(id);
}

async fn read_startup(client: &mut UnixStream) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    client.read_exact(&mut bytes).await?;
    let length = startup_length(&bytes).filter(|length| (4..=STARTUP_MAX).contains(length));
    bytes.resize(length.ok_or(io::ErrorKind::InvalidData)?, 0);
    client.read_exact(&mut bytes[4..]).await?;
    Ok(bytes)
}

struct Carrier {
    wire: Arc<Wire>,
    process: Process,
    id: LinkId,
    client: UnixStream,
    server: UnixStream,
    requests: Requests,
    answers: Answers,
    /// Requests whose answer has not ended; the first message of all is one of them.
    unanswered: usize,
    /// What befalls the connection when the last request that was passed on is answered.
    last: Option<Fault>,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// The client has left.
    Left,
    /// The server has.
    Deserted,
    Cut {
        is_killed: bool,
    },
    Says(&'static str),
}

impl Carrier {
    async fn run(mut self, cut: &Notify) {
        let end = loop {
            let ended = tokio::select! {
                biased;
                () = cut.notified() => Some(End::Cut { is_killed: false }),
                read = self.client.read_buf(self.requests.buffer()), if self.last.is_none() => {
                    if is_over(&read) { Some(End::Left) } else { self.pass_on().await }
                }
                read = self.server.read_buf(self.answers.buffer()) => {
                    if is_over(&read) { Some(End::Deserted) } else { self.answer().await }
                }
            };
            if let Some(end) = ended {
                break end;
            }
        };
        self.end(end).await;
    }

    /// Passes the requests on that have come in whole.
    async fn pass_on(&mut self) -> Option<End> {
        while self.last.is_none()
            && let Some(request) = self.requests.next()
        {
            if !self.wire.lives(self.process) {
                return Some(End::Cut { is_killed: true });
            }
            let sent = match self.wire.meet(self.id, &request) {
                None => self.send(&request.bytes, request.is).await,
                Some(fault) => match self.strike(&request, fault).await {
                    Ok(None) => Ok(()),
                    Ok(end) => return end,
                    Err(error) => Err(error),
                },
            };
            if sent.is_err() {
                return Some(End::Deserted);
            }
        }
        None
    }

    async fn strike(&mut self, request: &Request, fault: Fault) -> io::Result<Option<End>> {
        let end = Some(End::Cut { is_killed: fault.kills() });
        match fault {
            Fault::CutBefore | Fault::KilledBefore => {}
            Fault::CutWithin => {
                self.server.write_all(&request.bytes[..request.bytes.len() / 2]).await?;
            }
            Fault::CutMeanwhile | Fault::KilledMeanwhile => {
                self.is_at_work().await?;
                self.send(&request.bytes, request.is).await?;
            }
            Fault::CutAfter | Fault::KilledAfter => {
                self.send(&request.bytes, request.is).await?;
                self.last = Some(fault);
                return Ok(None);
            }
            Fault::Refused(code) => {
                self.send(&raise(code, request.is), request.is).await?;
                return Ok(None);
            }
            Fault::HangsUp(code) => return Ok(Some(End::Says(code))),
        }
        Ok(end)
    }

    /// The server is at work on this connection from now on, and says so to whoever looks. Else it is
    /// chance, on a busy machine, whether it has begun with what it was sent or is ended as idle. Where it
    /// has still to answer another request it works on that, as a rule.
    async fn is_at_work(&mut self) -> io::Result<()> {
        if self.unanswered == 0 {
            self.server.write_all(&parse_nothing()).await?;
            while self.answers.next().is_none() {
                if self.server.read_buf(self.answers.buffer()).await? == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn send(&mut self, bytes: &[u8], is: Is) -> io::Result<()> {
        self.unanswered += usize::from(is != Is::Farewell);
        self.server.write_all(bytes).await
    }

    /// Passes answers on, but for the last one where nobody is to hear it.
    async fn answer(&mut self) -> Option<End> {
        while let Some(answer) = self.answers.next() {
            if let Some(pid) = answer.pid {
                self.wire.is_served_by(self.id, pid);
            }
            let is_lost = self.last.filter(|_| self.unanswered <= 1);
            self.unanswered = self.unanswered.saturating_sub(usize::from(answer.is_last));
            match is_lost {
                Some(fault) if answer.is_last => {
                    return Some(End::Cut { is_killed: fault.kills() });
                }
                None if self.client.write_all(&answer.bytes).await.is_err() => {
                    return Some(End::Left);
                }
                Some(_) | None => {}
            }
        }
        None
    }

    /// Ends both halves, and waits until whoever is at the other ends has let go.
    ///
    /// A process that seals asks what became of its batch while the server may still be at it; of all
    /// else the server has let go before the process hears, for what another verb passes over would be
    /// chance otherwise.
    async fn end(mut self, end: End) {
        let is_killed = matches!(end, End::Cut { is_killed: true });
        if let End::Deserted = end {
            self.wire.is_in_trouble();
        }
        let role = self.wire.ends(self.id, is_killed);
        let _ = self.server.shutdown().await;
        if role != Role::Lane {
            drain(&mut self.server).await;
        }
        if let End::Says(code) = end {
            // With the hanging up in one breath: nobody hears the one without the other.
            let _ = self.client.try_write(&fatal(code));
        }
        let _ = self.client.shutdown().await;
        let server = async {
            drain(&mut self.server).await;
            self.wire.is_left(self.id);
        };
        tokio::join!(server, drain(&mut self.client));
    }
}

fn is_over(read: &io::Result<usize>) -> bool {
    matches!(read, Ok(0) | Err(_))
}

/// Reads until the other end has closed.
async fn drain(stream: &mut UnixStream) {
    let mut scratch = vec![0; SCRATCH];
    while matches!(stream.read(&mut scratch).await, Ok(read) if read > 0) {}
}

/// PostgreSQL's own limit of a first message.
const STARTUP_MAX: usize = 10_000;
const SCRATCH: usize = 4_096;
