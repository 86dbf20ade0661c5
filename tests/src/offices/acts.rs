//! What people do about a sale that a back office knows of.

use super::setup::{ASKING_DEAL, ASKING_LEAD, PIPELINE};
use super::{Desk, Office, Sale};
use crate::World;
use crate::clock::minutes;
use crate::integrator::{Answer, link, order};
use kamurj_sandbox::amocrm::NewLead;
use kamurj_sandbox::bitrix24::NewDeal;
use reqwest::Method;
use serde_json::{Value, json};

impl World {
    /// A manager makes a record over this price; answers its id.
    pub fn makes_record(&self, office: Office, name: &str, price: i64) -> String {
        match office {
            Office::Bitrix24 => {
                let deal = NewDeal { title: name.to_owned(), amount: Some(json!(price)), ..NewDeal::default() };
                self.sandbox.bitrix24.make_deal(deal).expect("a deal").to_string()
            }
            Office::Amocrm => {
                let lead = NewLead { name: name.to_owned(), price, ..NewLead::default() };
                self.sandbox.amocrm.add_lead(&lead).expect("a lead").to_string()
            }
            Office::Sheets | Office::Erp => String::new(),
        }
    }

    /// A payment for an order of 12 500 dram, which belongs to a record of its own where the office has records.
    pub async fn makes_sale(&mut self, desk: &Desk, order_id: &str) -> Sale {
        let record = self.makes_record(desk.office, order_id, 12_500);
        let sale = self.asks_for(desk, order_id, &record).await;
        // Time for requests whose budgets are those of the real services.
        self.passes(minutes(1)).await;
        sale
    }

    /// A payment for an order of 12 500 dram that belongs to this record. Nothing is worked on yet.
    pub async fn asks_for(&self, desk: &Desk, order_id: &str, record: &str) -> Sale {
        let mut body = order(order_id, "12500");
        if !record.is_empty() {
            body["crm"] = json!({
                "plugin": desk.office.plugin(), "entity_type": desk.office.kind(), "entity_id": record,
            });
        }
        let answer = self.creates(&body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        Sale {
            payment: answer.body["id"].as_str().expect("an id").to_owned(),
            order: order_id.to_owned(),
            link: link(&answer.body),
            record: record.to_owned(),
        }
    }

    /// A manager moves the record into the stage in which records ask for a payment.
    pub fn moves_to_asking(&self, office: Office, record: &str) {
        let id = record.parse().expect("a number");
        match office {
            Office::Bitrix24 => assert!(self.sandbox.bitrix24.move_deal(id, ASKING_DEAL)),
            Office::Amocrm => self.sandbox.amocrm.move_lead(id, PIPELINE, ASKING_LEAD).expect("a lead"),
            Office::Sheets | Office::Erp => panic!("{office:?} has no records"),
        }
    }

    /// A manager moves the record into this stage, spelled as in the settings.
    pub fn moves_record(&self, office: Office, record: &str, stage: &str) {
        let id = record.parse().expect("a number");
        match office {
            Office::Bitrix24 => assert!(self.sandbox.bitrix24.move_deal(id, stage)),
            Office::Amocrm => {
                let (pipeline, status) = stage.split_once('/').expect("pipeline/status");
                let number = |text: &str| text.parse().expect("a number");
                self.sandbox.amocrm.move_lead(id, number(pipeline), number(status)).expect("a lead");
            }
            Office::Sheets | Office::Erp => panic!("{office:?} has no records"),
        }
    }

    /// Somebody deletes the record.
    pub fn deletes_record(&self, office: Office, record: &str) {
        let id = record.parse().expect("a number");
        match office {
            Office::Bitrix24 => assert!(self.sandbox.bitrix24.delete_deal(id)),
            Office::Amocrm => self.sandbox.amocrm.delete_lead(id).expect("a lead"),
            Office::Sheets | Office::Erp => panic!("{office:?} has no records"),
        }
    }

    /// The installation's deliveries as the API lists them, the newest first.
    pub async fn deliveries_to(&self, desk: &Desk, query: &str) -> Vec<Value> {
        let path = format!("/v1/deliveries?installation={}&limit=200{query}", desk.installation);
        let answer = Answer::to(self.asks(&self.api_key, Method::GET, &path)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["deliveries"].as_array().expect("deliveries").clone()
    }
}
