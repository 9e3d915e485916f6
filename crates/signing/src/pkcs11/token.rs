//! A token that this process has logged in to.

use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Limit, Slot, TokenInfo};

use super::pin::Pin;
use super::pool::{AllBusy, Lease, Pool};
use crate::SigningError;

/// The login belongs to the process and lasts while one of its sessions is open (PKCS#11 2.40,
/// 5.6); so each new session logs in again, and is told that it is logged in already.
pub(super) struct Token {
    library: Pkcs11,
    slot: Slot,
    label: String,
    pin: Option<Pin>,
    attempts: Mutex<Attempts>,
    sessions: Pool<Session>,
    /// Counts the resets that were seen. Who uses sessions holds it for reading. A token gives the
    /// handles of dead sessions to new ones, so closing a dead one late would close a stranger's:
    /// all of an era are closed before the next begins.
    era: RwLock<u64>,
}

/// Whether the PIN may be tried. A token locks itself after a few wrong ones, so one refusal must
/// not become one for each invoice.
enum Attempts {
    Allowed,
    Refused,
}

impl Token {
    pub(super) fn log_in(
        library: Pkcs11,
        slot: Slot,
        label: &str,
        pin: Option<Pin>,
    ) -> Result<Self, SigningError> {
        let state = library.get_token_info(slot).map_err(cannot("tell its state", label))?;
        require_attempts_left(&state, label)?;
        if state.login_required() && pin.is_none() {
            return Err(SigningError::PinMissing { token: label.to_owned() });
        }
        let token = Self {
            library,
            slot,
            label: label.to_owned(),
            pin,
            attempts: Mutex::new(Attempts::Allowed),
            sessions: Pool::new(session_limit(&state), PATIENCE),
            era: RwLock::new(0),
        };
        // The first session is the one that finds a wrong PIN.
        drop(token.session()?);
        Ok(token)
    }

    pub(super) fn require_same_pin(&self, pin: Option<&Pin>) -> Result<(), SigningError> {
        match (&self.pin, pin) {
            (None, None) => Ok(()),
            (Some(known), Some(given)) if known.is(given) => Ok(()),
            (Some(_), None) => Err(SigningError::PinMissing { token: self.label.clone() }),
            (_, Some(_)) => Err(SigningError::PinDiffers { token: self.label.clone() }),
        }
    }

    /// A logged-in session for reading and signing, for this thread alone.
    pub(super) fn session(&self) -> Result<Lease<'_, Session>, SigningError> {
        let lease = self.sessions.take(|| self.open_session().map_err(Untaken::Failed));
        lease.map_err(|untaken| match untaken {
            Untaken::Failed(error) => error,
            Untaken::Busy => {
                SigningError::TokenBusy { token: self.label.clone(), waited: PATIENCE }
            }
        })
    }

    /// A logged-in session that may also make keys.
    pub(super) fn open_writing_session(&self) -> Result<Session, SigningError> {
        let session = self.library.open_rw_session(self.slot);
        self.logged_in(session.map_err(self.cannot("open a session for writing"))?)
    }

    /// Whether the token says that it can do this.
    pub(super) fn has(&self, mechanism: MechanismType) -> Result<bool, SigningError> {
        let mechanisms = self.library.get_mechanism_list(self.slot);
        let mechanisms = mechanisms.map_err(self.cannot("list its mechanisms"))?;
        Ok(mechanisms.contains(&mechanism))
    }

    /// The era that lasts while this is held; take it before a session.
    pub(super) fn era(&self) -> RwLockReadGuard<'_, u64> {
        self.era.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops every session of the era that was `seen`, after one of them turned out to be dead, once
    /// nobody uses one any more.
    pub(super) fn begin_again(&self, seen: u64) {
        let mut era = self.era.write().unwrap_or_else(PoisonError::into_inner);
        if *era == seen {
            self.sessions.discard_idle();
            *era += 1;
        }
    }

    /// The error of a token that could not do something.
    pub(super) fn cannot(&self, action: &'static str) -> impl FnOnce(Error) -> SigningError {
        cannot(action, &self.label)
    }

    fn open_session(&self) -> Result<Session, SigningError> {
        let session = self.library.open_ro_session(self.slot);
        self.logged_in(session.map_err(self.cannot("open a session"))?)
    }

    fn logged_in(&self, session: Session) -> Result<Session, SigningError> {
        let Some(pin) = &self.pin else {
            return Ok(session);
        };
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*attempts, Attempts::Refused) {
            return Err(SigningError::PinRefusedBefore { token: self.label.clone() });
        }
        match session.login(UserType::User, Some(&pin.to_auth_pin())) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(error) => {
                let refusal = self.login_refusal(error);
                if !matches!(refusal, SigningError::Token { .. }) {
                    *attempts = Attempts::Refused;
                }
                Err(refusal)
            }
        }
    }

    fn login_refusal(&self, error: Error) -> SigningError {
        let token = self.label.clone();
        match error {
            Error::Pkcs11(
                RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid,
                _,
            ) => SigningError::PinWrong { token, source: error },
            Error::Pkcs11(RvError::PinLocked, _) => SigningError::PinLocked { token },
            other => SigningError::Token { token, action: "log in", source: other },
        }
    }
}

fn require_attempts_left(state: &TokenInfo, label: &str) -> Result<(), SigningError> {
    if state.user_pin_locked() {
        return Err(SigningError::PinLocked { token: label.to_owned() });
    }
    if state.user_pin_final_try() {
        return Err(SigningError::PinLastAttempt { token: label.to_owned() });
    }
    Ok(())
}

/// Some tokens say zero where they mean that they do not say.
fn session_limit(state: &TokenInfo) -> usize {
    match state.max_session_count() {
        Limit::Max(count) if count > 0 => {
            usize::try_from(count).map_or(MAX_SESSIONS, |count| count.min(MAX_SESSIONS))
        }
        Limit::Max(_) | Limit::Unavailable | Limit::Infinite => MAX_SESSIONS,
    }
}

fn cannot(action: &'static str, token: &str) -> impl FnOnce(Error) -> SigningError {
    let token = token.to_owned();
    move |source| SigningError::Token { token, action, source }
}

enum Untaken {
    Failed(SigningError),
    Busy,
}

impl From<AllBusy> for Untaken {
    fn from(_: AllBusy) -> Self {
        Self::Busy
    }
}

/// SoftHSM2 gains little beyond 8 callers at once; a networked module hides its latency behind
/// more. More than this is contention.
const MAX_SESSIONS: usize = 32;
/// A signature takes milliseconds: who waits this long waits for a device that hangs.
const PATIENCE: Duration = Duration::from_secs(10);
