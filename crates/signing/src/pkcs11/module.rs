//! A vendor's library, loaded once in a process.
//!
//! PKCS#11 2.40 (5.4) has one `C_Initialize` per process and library; a second one fails or worse,
//! and a `C_Finalize` would pull the library from under every other signer. So each library is
//! kept for the life of the process, and so are the tokens that were logged in to.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::slot::Slot;

use super::pin::Pin;
use super::token::Token;
use crate::{Pkcs11Uri, SigningError};

pub(super) struct Module {
    path: PathBuf,
    library: Pkcs11,
    tokens: Mutex<HashMap<Slot, Arc<Token>>>,
}

impl Module {
    /// The library at `path`, loaded and initialised by the first who asks for it.
    pub(super) fn load(path: &Path) -> Result<Arc<Self>, SigningError> {
        // Two links to one library are one library.
        let path = fs::canonicalize(path)
            .map_err(|source| SigningError::ModuleMissing { path: path.to_owned(), source })?;
        // Held while loading, so that nobody initialises the same library at the same time.
        let mut loaded = LOADED.get_or_init(Mutex::default).lock().unwrap_or_else(unpoisoned);
        if let Some(module) = loaded.get(&path) {
            return Ok(Arc::clone(module));
        }
        let library = initialised(&path)
            .map_err(|source| SigningError::ModuleUnusable { path: path.clone(), source })?;
        let module = Arc::new(Self { path: path.clone(), library, tokens: Mutex::default() });
        loaded.insert(path, Arc::clone(&module));
        Ok(module)
    }

    /// The token that `uri` names, logged in to with its PIN by the first who asks for it.
    pub(super) fn token(&self, uri: &Pkcs11Uri) -> Result<Arc<Token>, SigningError> {
        let slot = self.slot_of(uri.token())?;
        let pin = uri.pin_file().map(Pin::read).transpose()?;
        let mut tokens = self.tokens.lock().unwrap_or_else(unpoisoned);
        if let Some(token) = tokens.get(&slot) {
            // The token answers "already logged in" to any PIN, so a wrong one is caught here.
            token.require_same_pin(pin.as_ref())?;
            return Ok(Arc::clone(token));
        }
        let token = Arc::new(Token::log_in(self.library.clone(), slot, uri.token(), pin)?);
        tokens.insert(slot, Arc::clone(&token));
        Ok(token)
    }

    fn slot_of(&self, label: &str) -> Result<Slot, SigningError> {
        let tokens = self
            .labels()
            .map_err(|source| SigningError::ModuleUnusable { path: self.path.clone(), source })?;
        let slots: Vec<Slot> =
            tokens.iter().filter(|(_, found)| found == label).map(|(slot, _)| *slot).collect();
        match slots.as_slice() {
            [slot] => Ok(*slot),
            [] => Err(SigningError::TokenMissing {
                token: label.to_owned(),
                module: self.path.clone(),
                present: listed(&tokens),
            }),
            several => Err(SigningError::TokenAmbiguous {
                token: label.to_owned(),
                module: self.path.clone(),
                count: several.len(),
            }),
        }
    }

    fn labels(&self) -> Result<Vec<(Slot, String)>, Error> {
        let slots = self.library.get_slots_with_initialized_token()?;
        let labelled = slots.into_iter().map(|slot| {
            let token = self.library.get_token_info(slot)?;
            Ok((slot, token.label().to_owned()))
        });
        labelled.collect()
    }
}

fn initialised(path: &Path) -> Result<Pkcs11, Error> {
    let library = Pkcs11::new(path)?;
    // Many threads will call, so the library must lock.
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Another part of the process was first, which serves as well.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(library),
        Err(error) => Err(error),
    }
}

fn listed(tokens: &[(Slot, String)]) -> String {
    if tokens.is_empty() {
        return "no initialised token".to_owned();
    }
    let labels: Vec<String> =
        tokens.iter().take(MAX_TOKENS_LISTED).map(|(_, label)| format!("`{label}`")).collect();
    format!("{} token(s): {}", tokens.len(), labels.join(", "))
}

/// A panic elsewhere leaves these maps whole: they only ever gain an entry.
fn unpoisoned<T>(error: PoisonError<T>) -> T {
    error.into_inner()
}

static LOADED: OnceLock<Mutex<HashMap<PathBuf, Arc<Module>>>> = OnceLock::new();

/// Enough to see a misspelling, few enough to read.
const MAX_TOKENS_LISTED: usize = 8;
