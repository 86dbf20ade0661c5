//! `GET /v1/payments`: found by what people look for, page by page, and never another merchant's.

use kamurj_domain::Mode;
use kamurj_server::install;
use kamurj_tests::clock::{hours, seconds};
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{id, reads, with};
use kamurj_tests::world::every_scope;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

/// A query, part by part.
type Query<'q> = &'q [(&'q str, &'q str)];

/// The order numbers that a key finds, the newest first.
async fn found_by(world: &World, key: &str, query: Query<'_>) -> Vec<String> {
    let answer = Answer::to(world.asks(key, Method::GET, "/v1/payments").query(query)).await;
    assert_eq!(answer.status, 200, "{query:?}: {}", answer.body);
    orders(&answer.body)
}

fn orders(page: &Value) -> Vec<String> {
    let payments = page["payments"].as_array().expect("a list");
    payments.iter().map(|payment| payment["order_id"].as_str().expect("an order number").to_owned()).collect()
}

async fn found(world: &World, query: Query<'_>) -> Vec<String> {
    found_by(world, &world.api_key, query).await
}

/// Three sales an hour apart: Ani's, paid; Davit's, withdrawn; and one of nobody's.
async fn three_sales(world: &mut World) {
    let customer = |name: &str, phone: &str| json!({ "name": name, "phone": phone, "email": "shop@example.am" });
    let crm = |entity: &str| json!({ "plugin": "bitrix24", "entity_type": "deal", "entity_id": entity });
    let channel = json!({ "plugin": "telegram", "conversation": "5550001234", "handle": "@Ani_P" });
    let ani = with(order("A-1", "100"), "customer", customer("Անի Պետրոսյան", "+374 (91) 00-00-00"));
    let ani = with(with(ani, "channel", channel), "crm", crm("17"));
    let ani = world.creates(&ani).await;
    assert_eq!(ani.status, 201, "{}", ani.body);
    world.pays(&link(&ani.body)).await;
    world.settles().await;
    world.clock.pass(hours(1));
    let davit = with(order("A-2", "100"), "customer", customer("Davit", "+37455111111"));
    let davit = world.creates(&with(davit, "crm", crm("18"))).await;
    let cancel = format!("/v1/payments/{}/cancel", id(&davit.body));
    assert_eq!(Answer::to(world.asks(&world.api_key, Method::POST, &cancel)).await.status, 200);
    world.clock.pass(hours(1));
    world.orders("A-3", "100").await;
}

story!(each_part_of_the_filter_finds_what_it_names_alone_and_together, |world| {
    three_sales(world).await;
    let first = world.shown("A-1").await;
    let reference = first["provider_reference"].as_str().expect("a paid payment has the bank's reference").to_owned();
    let cases: &[(Query<'_>, &[&str])] = &[
        (&[], &["A-3", "A-2", "A-1"]),
        (&[("order_id", "A-2")], &["A-2"]),
        (&[("order_id", "a-2")], &[]),
        (&[("order_id", "A-")], &[]),
        (&[("status", "paid")], &["A-1"]),
        (&[("status", "cancelled")], &["A-2"]),
        (&[("status", "refunded")], &[]),
        (&[("customer", "անի պետրոսյան")], &["A-1"]),
        (&[("customer", "ANI_P")], &["A-1"]),
        (&[("customer", "@ani_p")], &["A-1"]),
        (&[("customer", "37491000000")], &["A-1"]),
        (&[("customer", "+374 91 000000")], &["A-1"]),
        (&[("customer", "091 00-00-00")], &["A-1"]),
        (&[("customer", "00374 91 000000")], &["A-1"]),
        (&[("customer", "000000")], &["A-1"]),
        (&[("customer", "111111")], &["A-2"]),
        (&[("customer", "111")], &[]),
        (&[("customer", "5550001234")], &["A-1"]),
        (&[("customer", "000-1234")], &["A-1"]),
        (&[("customer", "Shop@example.am")], &["A-2", "A-1"]),
        (&[("customer", "17")], &[]),
        (&[("provider_reference", &reference)], &["A-1"]),
        (&[("crm_entity", "18")], &["A-2"]),
        (&[("crm_entity", "Deal:18")], &["A-2"]),
        (&[("crm_entity", "Davit")], &[]),
        (&[("created_from", "2026-11-21T09:00:00Z")], &["A-3", "A-2"]),
        (&[("created_to", "2026-11-21T09:00:00Z")], &["A-1"]),
        (&[("created_from", "2026-11-21T12:30:00+04:00"), ("created_to", "2026-11-21T13:30:00+04:00")], &["A-2"]),
        (&[("q", "A-3")], &["A-3"]),
        (&[("q", "davit")], &["A-2"]),
        (&[("q", " @ANI_p ")], &["A-1"]),
        (&[("q", " A-3 ")], &["A-3"]),
        (&[("q", "5550001234")], &["A-1"]),
        (&[("q", "(055) 11-11-11")], &["A-2"]),
        (&[("q", "55111111")], &["A-2"]),
        (&[("q", "11-11-11")], &["A-2"]),
        (&[("q", "00000019473")], &[]),
        (&[("q", "17")], &["A-1"]),
        (&[("q", "deal:17")], &["A-1"]),
        (&[("q", &reference)], &["A-1"]),
        (&[("q", id(&first))], &["A-1"]),
        (&[("q", "nobody")], &[]),
        (&[("customer", "shop@example.am"), ("status", "paid")], &["A-1"]),
        (&[("customer", "shop@example.am"), ("status", "paid"), ("crm_entity", "18")], &[]),
        (&[("customer", "shop@example.am"), ("created_from", "2026-11-21T08:30:00Z")], &["A-2"]),
        (&[("q", "shop@example.am"), ("order_id", "A-1")], &["A-1"]),
        (&[("q", "shop@example.am"), ("customer", "davit")], &["A-2"]),
        (
            &[
                ("order_id", "A-1"),
                ("status", "paid"),
                ("customer", "@ani_p"),
                ("provider_reference", &reference),
                ("crm_entity", "17"),
                ("created_from", "2026-11-21T08:00:00Z"),
                ("created_to", "2026-11-21T08:00:01Z"),
                ("q", "Անի Պետրոսյան"),
            ],
            &["A-1"],
        ),
        (&[("order_id", "A-1"), ("status", "created")], &[]),
    ];
    for (query, expected) in cases {
        assert_eq!(found(world, query).await, *expected, "{query:?}");
    }
});

story!(pages_follow_each_other_without_gaps_or_doubles_while_new_payments_are_made, |world| {
    for number in 0..120 {
        // Three share each moment, so that a page may end in the middle of one.
        if number % 3 == 0 {
            world.clock.pass(seconds(1));
        }
        world.orders(&format!("A-{number}"), "100").await;
    }
    let expected: Vec<String> = {
        let mut known = world.payments().await;
        known.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        known.into_iter().map(|payment| payment.order_id).collect()
    };
    for filter in ["", "&status=created", "&created_from=2026-11-21T08:00:10Z"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        let mut pages = 0;
        loop {
            let page = reads(world, &format!("/v1/payments?limit=7{filter}{cursor}")).await;
            assert_eq!(page.status, 200, "{}", page.body);
            let orders = orders(&page.body);
            assert!(orders.len() <= 7);
            seen.extend(orders);
            pages += 1;
            world.orders(&format!("B-{pages}-{}", filter.len()), "100").await;
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        seen.retain(|order| !order.starts_with("B-"));
        let from = if filter.contains("created_from") { 120 - 27 } else { 120 };
        assert_eq!(seen, expected[..from], "{filter}");
        assert!(pages > from / 7, "{pages} pages");
    }
});

story!(a_wrong_filter_is_named, |world| {
    world.orders("A-1", "100").await;
    let cases = [
        ("status=payed", "/status"),
        ("status=", "/status"),
        ("created_from=yesterday", "/created_from"),
        ("created_from=2026-11-21", "/created_from"),
        ("created_to=1795248000000", "/created_to"),
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=ten", "/limit"),
        ("cursor=first", "/cursor"),
        ("cursor=1", "/cursor"),
        ("stauts=paid", "/stauts"),
        ("status=paid&status=failed", "/status"),
    ];
    for (query, pointer) in cases {
        let answer = reads(world, &format!("/v1/payments?{query}")).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), [pointer], "{query}: {}", answer.body);
    }
    let both = reads(world, "/v1/payments?status=payed&limit=0&created_to=x").await;
    assert_eq!(both.pointers(), ["/limit", "/status", "/created_to"], "{}", both.body);
});

story!(h1_no_filter_finds_another_merchants_payment_or_the_other_modes, |world| {
    three_sales(world).await;
    let first = world.shown("A-1").await;
    let reference = first["provider_reference"].as_str().expect("a reference").to_owned();
    let neighbour = world.flower_shop().await;
    let app = world.app();
    let (_, live) = install::api_key(&app, &world.merchant, Mode::Live, every_scope("live")).await.expect("a key");
    let page = reads(world, "/v1/payments?limit=1").await;
    let cursor = page.body["next_cursor"].as_str().expect("there is more").to_owned();
    let queries: [Query<'_>; 10] = [
        &[],
        &[("order_id", "A-1")],
        &[("status", "paid")],
        &[("customer", "Անի Պետրոսյան")],
        &[("provider_reference", &reference)],
        &[("crm_entity", "deal:17")],
        &[("q", id(&first))],
        &[("q", "A-1")],
        &[("q", "091000000")],
        &[("cursor", &cursor)],
    ];
    for query in queries {
        assert!(!found(world, query).await.is_empty(), "{query:?} finds our own");
        for key in [&neighbour.api_key, &live] {
            assert_eq!(found_by(world, key, query).await, Vec::<String>::new(), "{query:?}");
        }
    }
});
