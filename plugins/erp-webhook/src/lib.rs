//! The webhook for ERPs and CMSs: each thing that happens to a payment is told by one signed message of Standard Webhooks 1.0.0, and the
//! ERP's own signed orders become payments. It must not know any particular ERP, and takes none's word for money: an order asks for a
//! payment, and what was paid the bank says.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod answer;
mod choices;
mod deliver;
mod event;
mod moment;
mod order;
mod orders;
mod plan;
mod post;
mod settings;
mod setup;
mod signature;
mod tries;

use kamurj_sdk::{Crm, Delivery, Finding, Host, InboundRequest, ListItem, ListRequest, Outcome, Wish, read_settings};

/// The route that the ERP sends its orders to.
pub(crate) const ROUTE: &str = "orders";

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct ErpWebhook;

impl Crm for ErpWebhook {
    fn sync(host: &impl Host, delivery: &Delivery) -> Outcome {
        read_settings(host)
            .and_then(|settings| deliver::deliver(host, &settings, delivery))
            .unwrap_or_else(|outcome| outcome)
    }

    fn handle(host: &impl Host, request: &InboundRequest) -> Outcome {
        if request.path != ROUTE {
            return Outcome::done();
        }
        read_settings(host)
            .and_then(|settings| orders::handle(host, &settings, request))
            .unwrap_or_else(|outcome| outcome)
    }

    fn check(host: &impl Host) -> Outcome {
        read_settings(host).and_then(|settings| setup::check(host, &settings)).unwrap_or_else(|outcome| outcome)
    }

    fn connect(host: &impl Host, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
        setup::connect(host, &read_settings(host)?, wish)
    }

    fn offer(_host: &impl Host, wanted: &ListRequest) -> Result<Vec<ListItem>, Outcome> {
        Ok(choices::offer(wanted))
    }
}

kamurj_sdk::crm!(ErpWebhook, wit = "../../wit");
