//! Two merchants: whatever one's operators ask about the other's ids, in every role and by every route, the answer is that of an id that
//! never was.

use super::roles::{asks, caller};
use kamurj_access::Role;
use kamurj_server::access::Permits;
use kamurj_server::router;
use kamurj_tests::integrator::link;
use kamurj_tests::links::{lesson, makes, reads};
use kamurj_tests::story;
use serde_json::Value;

story!(h1_every_id_of_another_merchant_is_nowhere_on_every_route_for_every_role, |world| {
    let payment = world.orders("A-1", "12500").await;
    world.pays(&link(&payment)).await;
    world.settles().await;
    let fixed = makes(world, &lesson()).await;
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    let deliveries = reads(world, "/v1/deliveries").await.body;
    let colleague = world.employs(Role::Owner).await;
    let ids = [
        text(&payment["id"]),
        text(&fixed["id"]),
        text(&deliveries["deliveries"][0]["id"]),
        world.bitrix24.clone(),
        world.account.clone(),
        colleague.id.clone(),
    ];
    let neighbour = world.flower_shop().await;
    let before = world.books().await;
    let permits = Permits::of(&router::document());
    let mut asked = 0;
    for (method, path, permit) in permits.all().filter(|(_, path, _)| path.contains('{')) {
        for role in Role::ALL.into_iter().filter(|role| role.may(permit.permission)) {
            let theirs = caller(world, &neighbour.merchant, role, true);
            let mut nowhere = None;
            for id in ids.iter().map(String::as_str).chain(["pay_00000000000000000000000000"]) {
                let parts: Vec<&str> =
                    path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect();
                let (status, body) = asks(world, &theirs, method, &parts.join("/"), "{}").await;
                assert!(status >= 400, "{} {method} {path} {id}: {body}", role.word());
                let shape = (status, body["type"].clone(), body["detail"].to_string().replace(id, "…"));
                let first = nowhere.get_or_insert_with(|| shape.clone());
                assert_eq!(*first, shape, "{} {method} {path} {id}", role.word());
                asked += 1;
            }
        }
    }
    assert!(asked > 800, "{asked}");
    assert_eq!(world.books().await, before, "nothing was changed");
});
