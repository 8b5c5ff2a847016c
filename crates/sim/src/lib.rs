//! kaiwa-sim: a Discord (REST, gateway, CDN) and a model provider as real servers over one plain-data [`World`].
//!
//! It imports none of the product's crates and no Discord library: it writes Discord's JSON itself, so that a
//! mistake shared by client and server can't agree with itself.

pub mod control;
pub mod gateway;
pub mod model;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod page;
pub mod rest;
mod route;
mod shared;
pub mod wire;
pub mod world;

pub use route::{Method, Route};
pub use shared::{Events, Shared};
pub use world::World;

use std::{net::SocketAddr, sync::Arc};
use tokio_util::sync::CancellationToken;

/// A running simulator; dropping it closes its port and every connection.
#[derive(Debug)]
pub struct Sim {
    address: SocketAddr,
    shared: Arc<Shared>,
    closing: CancellationToken,
}

impl Sim {
    /// Starts to serve `world` on `listen` (port 0: one that is free).
    ///
    /// # Errors
    /// When the address can't be bound.
    pub async fn start(world: World, listen: SocketAddr) -> std::io::Result<Self> {
        Self::serve(world, listen, router).await
    }

    /// The same with a page for browsers.
    ///
    /// # Errors
    /// When the address can't be bound.
    pub async fn start_with_page(
        world: World,
        listen: SocketAddr,
        page: page::Page,
    ) -> std::io::Result<Self> {
        Self::serve(world, listen, |shared| {
            let upstream = page.upstream.clone();
            let router = router(shared).merge(page::router(shared, page));
            page::guarded(router, shared, upstream)
        })
        .await
    }

    async fn serve(
        mut world: World,
        listen: SocketAddr,
        routes: impl FnOnce(&Arc<Shared>) -> axum::Router,
    ) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        if world.base.is_empty() {
            world.base = base_of(address);
        }
        let closing = CancellationToken::new();
        let shared = Arc::new(Shared::new(world, closing.clone()));
        let service = routes(&shared).into_make_service_with_connect_info::<wire::Wire>();
        let wires = wire::Wires::new(listener, closing.clone());
        let stop = closing.clone();
        tokio::spawn(async move {
            let served = axum::serve(wires, service);
            tokio::select! {
                () = stop.cancelled() => {}
                ended = served => if let Err(error) = ended { tracing::error!(%error, "the simulator's server ended") },
            }
        });
        tokio::spawn(keep_up(Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            closing,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://host:port`, in place of Discord's own address.
    #[must_use]
    pub fn url(&self) -> String {
        base_of(self.address)
    }

    /// What every part of the simulator shares.
    #[must_use]
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The model provider.
    #[must_use]
    pub fn model(&self) -> &model::Model {
        &self.shared.model
    }

    /// Looks at the world, or changes it; what changed is dispatched afterwards.
    pub fn world<T>(&self, with: impl FnOnce(&mut World) -> T) -> T {
        self.shared.with(with)
    }

    /// A counter that moves on after every change of the world.
    #[must_use]
    pub fn changed(&self) -> tokio::sync::watch::Receiver<u64> {
        self.shared.changed()
    }

    /// Waits until `seen` finds something in the world; it is asked again after every change. Callers bound it
    /// with a timeout of their own.
    pub async fn until<T>(&self, mut seen: impl FnMut(&World) -> Option<T>) -> T {
        self.shared.until(|world| seen(world)).await
    }
}

/// How a client on this machine reaches what listens on `address`, also where that means every interface.
fn base_of(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}")
}

/// Once a minute the world does what happens by itself.
async fn keep_up(shared: Arc<Shared>) {
    let mut minutes = tokio::time::interval(std::time::Duration::from_secs(60));
    let closing = shared.closing().clone();
    while closing.run_until_cancelled(minutes.tick()).await.is_some() {
        shared.with(World::tidy);
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

fn router(shared: &Arc<Shared>) -> axum::Router {
    axum::Router::new()
        .merge(gateway::router())
        .merge(rest::router())
        .merge(control::router())
        .with_state(Arc::clone(shared))
        .nest("/v1", model::router(shared.model.clone()))
        .nest(
            "/control/model",
            model::control_router(shared.model.clone()),
        )
}
