//! A printer that reads ESC/POS for itself: it knows the commands that a receipt needs and
//! refuses every other byte, as the reference manual of ESC/POS lays them out.

/// What came out of the printer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Paper {
    pub(crate) lines: Vec<String>,
    pub(crate) symbols: Vec<(u8, String)>,
    pub(crate) initialised: usize,
    pub(crate) cuts: usize,
}

/// Prints the bytes, or says at which of them the printer would have misbehaved.
pub(crate) fn print(bytes: &[u8]) -> Result<Paper, String> {
    let mut printer = Printer { rest: bytes, paper: Paper::default(), line: vec![], columns: 0 };
    while !printer.rest.is_empty() {
        let at = bytes.len() - printer.rest.len();
        printer.step().map_err(|cause| format!("byte {at}: {cause}"))?;
    }
    Ok(printer.paper)
}

struct Printer<'a> {
    rest: &'a [u8],
    paper: Paper,
    line: Vec<u8>,
    columns: usize,
}

impl<'a> Printer<'a> {
    fn step(&mut self) -> Result<(), String> {
        match self.take(1)? {
            [0x0A] => {
                if self.columns > 48 {
                    return Err(format!("a line of {} columns", self.columns));
                }
                self.columns = 0;
                self.paper.lines.push(self.line.drain(..).map(decoded).collect());
                Ok(())
            }
            [0x1B] => self.escape(),
            [0x1D] => self.group(),
            [byte @ (0x20..=0x7E | 0x80..=0xFF)] => {
                self.line.push(*byte);
                self.columns += 1;
                Ok(())
            }
            other => Err(format!("a control byte {other:02x?} in the text")),
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.take(1)? {
            [b'@'] => self.paper.initialised += 1,
            [b't'] => expect(self.take(1)?, |page| page == [19])?,
            [b'E'] => expect(self.take(1)?, |on| on[0] <= 1)?,
            [b'a'] => expect(self.take(1)?, |align| align[0] <= 1)?,
            other => return Err(format!("ESC {other:02x?}")),
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), String> {
        match self.take(1)? {
            [b'!'] => expect(self.take(1)?, |size| size == [0x00] || size == [0x11]),
            [b'V'] => {
                self.paper.cuts += 1;
                expect(self.take(2)?, |cut| cut[0] == 66)
            }
            [b'('] => self.symbol(),
            other => Err(format!("GS {other:02x?}")),
        }
    }

    fn symbol(&mut self) -> Result<(), String> {
        expect(self.take(1)?, |letter| letter == b"k")?;
        let length = self.take(2)?;
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        match self.take(length)? {
            [49, 65, 50, 0] | [49, 67, 1..=16] | [49, 81, 48] => {}
            [49, 69, level @ 48..=51] => self.paper.symbols.push((*level, String::new())),
            [49, 80, 48, payload @ ..] => {
                let last = self.paper.symbols.last_mut().ok_or("a payload before its level")?;
                last.1 = String::from_utf8_lossy(payload).into_owned();
            }
            other => return Err(format!("GS ( k {other:02x?}")),
        }
        Ok(())
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or("cut off")?;
        self.rest = rest;
        Ok(taken)
    }
}

fn expect(bytes: &[u8], is: impl Fn(&[u8]) -> bool) -> Result<(), String> {
    if is(bytes) { Ok(()) } else { Err(format!("parameters {bytes:02x?}")) }
}

/// The letters of code page 858 that the samples print.
fn decoded(byte: u8) -> char {
    match byte {
        0x82 => 'é',
        0x85 => 'à',
        0x90 => 'É',
        0xD4 => 'È',
        0x20..=0x7E => char::from(byte),
        _ => '¿',
    }
}
