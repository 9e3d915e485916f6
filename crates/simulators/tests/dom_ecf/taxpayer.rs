//! A taxpayer's own services, small: they take what the counterpart sends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::signer::{Person, between};

/// What a taxpayer answers to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receipt {
    Signed,
    Unsigned,
    /// Not received, for this motive.
    Refused(u8),
    /// Not an acknowledgement at all.
    Nonsense,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Came {
    /// Method, path and version.
    pub(crate) line: String,
    pub(crate) headers: String,
    pub(crate) body: String,
}

/// A taxpayer that listens.
pub(crate) struct Taxpayer {
    pub(crate) url: String,
    pub(crate) came: Arc<Mutex<Vec<Came>>>,
}

impl Taxpayer {
    pub(crate) fn listening(receipt: Receipt) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let came = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&came);
        std::thread::spawn(move || {
            let person = Person::new("00300000003");
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { break };
                let request = read(&mut stream);
                let answer = answer(&request, receipt, &person);
                kept.lock().unwrap().push(request);
                let _sent = stream.write_all(answer.as_bytes());
            }
        });
        Self { url, came }
    }

    pub(crate) fn requests(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }
}

fn read(stream: &mut TcpStream) -> Came {
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let count = stream.read(&mut piece).unwrap();
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let (line, headers) = head.split_once("\r\n").unwrap();
        let length = headers.lines().find_map(|header| {
            let (name, value) = header.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
        });
        if body.len() >= length.unwrap_or(0) || count == 0 {
            return Came { line: line.into(), headers: headers.into(), body: body.into() };
        }
    }
}

fn answer(request: &Came, receipt: Receipt, person: &Person) -> String {
    if request.line.contains("/semilla") {
        return ok("application/xml", SEED);
    }
    if request.line.contains("/validacioncertificado") {
        assert!(request.body.contains("<valor>semilla-propia</valor>"), "{}", request.body);
        return ok("application/json", "{\"token\":\"ficha\",\"expira\":\"x\",\"expedido\":\"y\"}");
    }
    if request.line.contains("/aprobacioncomercial") {
        return ok("text/plain", "");
    }
    ok("application/xml", &acknowledgement(&request.body, receipt, person))
}

fn acknowledgement(body: &str, receipt: Receipt, person: &Person) -> String {
    let field = |name: &str| between(body, &format!("<{name}>"), &format!("</{name}>")).to_owned();
    let standing = match receipt {
        Receipt::Refused(motive) => {
            format!("<Estado>1</Estado><CodigoMotivoNoRecibido>{motive}</CodigoMotivoNoRecibido>")
        }
        Receipt::Signed | Receipt::Unsigned | Receipt::Nonsense => "<Estado>0</Estado>".to_owned(),
    };
    let root = format!(
        "<ARECF><DetalleAcusedeRecibo><Version>1.0</Version><RNCEmisor>{}</RNCEmisor><RNCComprador>{}\
         </RNCComprador><eNCF>{}</eNCF>{standing}<FechaHoraAcuseRecibo>20-11-2026 10:50:14\
         </FechaHoraAcuseRecibo></DetalleAcusedeRecibo></ARECF>",
        field("RNCEmisor"),
        field("RNCComprador"),
        field("eNCF"),
    );
    match receipt {
        Receipt::Signed | Receipt::Refused(_) => person.sign(&root),
        Receipt::Unsigned => root,
        Receipt::Nonsense => "<OTRO></OTRO>".to_owned(),
    }
}

fn ok(media_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\
         \r\n{body}",
        body.len()
    )
}

const SEED: &str = "\u{FEFF}<?xml version=\"1.0\"?>\n<SemillaModel>\n  <valor>semilla-propia</valor>\n  \
                    <fecha>2026-11-20T10:50:14.0000000-04:00</fecha>\n</SemillaModel>";
