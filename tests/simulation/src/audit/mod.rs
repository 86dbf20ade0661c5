//! The audit of a world at rest: what must never be true, looked for in the host's books and outside of them.

mod books;
mod outside;
mod payment;

use crate::world::World;
use books::Sale;
use kamurj_domain::Clock as _;

/// Looks through everything and notes what is wrong.
pub(crate) fn run(world: &mut World) {
    let books = books::read(world);
    let mut wrong = Vec::new();
    for shop in &books {
        payment::check(shop, &mut wrong);
        outside::check(world, shop, &mut wrong);
    }
    outside::buyers(world, &books, &mut wrong);
    outside::caps(world, &books, &mut wrong);
    outside::messages(world, &books, &mut wrong);
    outside::at_rest(world, &mut wrong);
    for shop in &books {
        for sale in &shop.sales {
            world.count(&format!("payments {}", sale.payment.status.word()));
            world.trace.books(&format!("{sale:?}"));
        }
    }
    let now = world.clock.now();
    for sale in books.iter().flat_map(|shop| &shop.sales).filter(|sale| wrong.iter().any(|line| names(line, sale))) {
        world.trace.step(now, format_args!("{:?}", sale.payment));
        for fact in &sale.facts {
            world.trace.step(now, format_args!("{fact:?}"));
        }
    }
    for line in wrong {
        world.violated(line);
    }
}

/// Whether what is wrong is about this payment: its books are then shown beside it.
fn names(line: &str, sale: &Sale) -> bool {
    line.contains(&sale.payment.id)
}
