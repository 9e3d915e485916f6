//! A call: who asks, with the right that the endpoint wants. The right is in the handler's
//! signature: `call: Call<InvoicesWrite>`.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use fiscal::Desk;
use invoice::{InvoiceId, OutletId};
use ledger::{InvoiceRecord, Outlet};

use crate::app::App;
use crate::caller::Caller;
use crate::problem::{INVOICE_UNKNOWN, NOT_PERMITTED, OUTLET_UNKNOWN, Problem, UNAUTHENTICATED};
use crate::rights::Operation;

/// A caller who has the right `R`.
pub(crate) struct Call<R> {
    pub app: App,
    pub caller: Arc<Caller>,
    right: PhantomData<fn() -> R>,
}

/// A right as a type.
pub(crate) trait Right {
    const OPERATION: Operation;
}

macro_rules! rights {
    ($($name:ident),*) => {$(
        pub(crate) struct $name;

        impl Right for $name {
            const OPERATION: Operation = Operation::$name;
        }
    )*};
}

rights!(
    InvoicesWrite,
    InvoicesRead,
    OutletsRead,
    OutletsWrite,
    SubmissionsRead,
    SubmissionsWrite,
    EventsRead,
    InboxRead,
    InboxWrite,
    KeysWrite
);

impl<R: Right> FromRequestParts<App> for Call<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Arc<Caller>>();
        let caller = Arc::clone(caller.ok_or_else(|| Problem::new(UNAUTHENTICATED))?);
        if !caller.operations.contains(&R::OPERATION) {
            let operation = R::OPERATION.as_str();
            return Err(Problem::new(NOT_PERMITTED).with("operation", operation));
        }
        Ok(Self { app: app.clone(), caller, right: PhantomData })
    }
}

impl<R> Call<R> {
    /// The desk of an outlet that the caller reaches.
    pub(crate) async fn desk(&self, outlet: &OutletId) -> Result<Arc<Desk>, Problem> {
        if !self.caller.reaches(outlet) {
            return Err(Problem::new(OUTLET_UNKNOWN).with("outlet", outlet));
        }
        let desk = self.app.desks().desk(&self.caller.tenant, outlet).await?;
        self.caller.check_environment(desk.outlet.environment)?;
        Ok(desk)
    }

    /// An outlet that the caller reaches, by the text of its id.
    pub(crate) async fn outlet(&self, text: &str) -> Result<Outlet, Problem> {
        let unknown = || Problem::new(OUTLET_UNKNOWN).with("outlet", text);
        let id = OutletId::parse(text).map_err(|_| unknown())?;
        if !self.caller.reaches(&id) {
            return Err(unknown());
        }
        let outlet = self.app.ledger().outlet(&self.caller.tenant, &id).await?;
        let outlet = outlet.ok_or_else(unknown)?;
        self.caller.check_environment(outlet.environment)?;
        Ok(outlet)
    }

    /// An invoice that the caller reaches, by the text of its id.
    pub(crate) async fn record(&self, text: &str) -> Result<InvoiceRecord, Problem> {
        let unknown = || Problem::new(INVOICE_UNKNOWN).with("invoice", text);
        let id = InvoiceId::parse(text).map_err(|_| unknown())?;
        let outlet = id.outlet();
        if !self.caller.reaches(&outlet) {
            return Err(unknown());
        }
        let record = self.app.ledger().invoice(&self.caller.tenant, &id).await?;
        let record = record.ok_or_else(unknown)?;
        let outlet = self.app.ledger().outlet(&self.caller.tenant, &outlet).await?;
        let outlet = outlet.ok_or_else(unknown)?;
        self.caller.check_environment(outlet.environment)?;
        Ok(record)
    }

    /// The outlets that a list is about: the one that is named, or all that the caller reaches.
    pub(crate) async fn listed(&self, named: Option<&str>) -> Result<Vec<Outlet>, Problem> {
        match named {
            Some(id) => Ok(vec![self.outlet(id).await?]),
            None => self.outlets().await,
        }
    }

    /// The outlets that the caller reaches, of its key's environment.
    pub(crate) async fn outlets(&self) -> Result<Vec<Outlet>, Problem> {
        let outlets = self.app.ledger().outlets(&self.caller.tenant).await?;
        let is_reached = |outlet: &Outlet| {
            outlet.environment == self.caller.environment && self.caller.reaches(&outlet.id)
        };
        Ok(outlets.into_iter().filter(is_reached).collect())
    }
}
