//! Where the token comes from.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

type Supplied = Pin<Box<dyn Future<Output = Option<String>> + Send>>;
pub(crate) type Supplier = Arc<dyn Fn() -> Supplied + Send + Sync>;

/// Where the token comes from.
#[derive(Clone)]
pub(crate) enum Token {
    None,
    Fixed(String),
    Supplier(Supplier),
}
