//! Every provider through the same stories: each is a test for each provider on each database, named `provider::story::database`.
//! `cargo xtask conformance` prints them as a table.

mod back;
mod disturbed;
mod ends;
mod lies;
mod rehearsed;
mod sales;

use kamurj_tests::stand::{AMERIABANK, FASTSHIFT, IDRAM, RBS, TELCELL, VPOS};

/// Makes the tests of all providers out of the stories' names.
macro_rules! conformance {
    ($($file:ident :: $story:ident),+ $(,)?) => {
        conformance!(@providers [vpos VPOS] [rbs RBS] [ameriabank AMERIABANK] [idram IDRAM] [telcell TELCELL] [fastshift FASTSHIFT]; $($file::$story),+);
    };
    (@providers $([$module:ident $stand:ident])+; $($file:ident :: $story:ident),+) => {
        conformance!(@each $([$module $stand])+; [$($file::$story),+]);
    };
    (@each $([$module:ident $stand:ident])+; $stories:tt) => {
        $(mod $module { use super::*; conformance!(@stories $stand $stories); })+
    };
    (@stories $stand:ident [$($file:ident :: $story:ident),+]) => {
        $(mod $story {
            use super::*;

            async fn tell(world: &mut kamurj_tests::World) {
                world.takes_up(&$stand).await;
                $file::$story(world, &$stand).await;
            }

            #[test]
            fn sqlite() {
                kamurj_tests::world::run(kamurj_tests::Engine::Sqlite, tell);
            }

            #[test]
            fn postgres() {
                kamurj_tests::world::run(kamurj_tests::Engine::Postgres, tell);
            }
        })+
    };
}

conformance! {
    sales::paid_and_everybody_is_told_once,
    sales::paid_though_the_customer_never_comes_back,
    sales::declined_and_paid_at_the_second_try,
    sales::left_unpaid,
    disturbed::one_press_is_one_order,
    disturbed::the_answer_to_the_start_is_lost,
    disturbed::the_provider_is_out_of_order,
    disturbed::news_that_come_again_change_nothing,
    disturbed::news_that_never_come,
    lies::a_forged_return_pays_nothing,
    lies::a_forged_push_pays_nothing,
    lies::another_amount_is_not_the_amount,
    lies::another_currency_is_not_the_currency,
    rehearsed::a_script_pays_and_its_late_pushes_pay_once,
    back::parts_go_back_and_then_the_rest,
    back::the_answer_to_a_refund_is_lost,
    back::a_refund_that_failed_stays_failed,
    back::the_staff_takes_it_back,
    ends::the_merchant_withdraws_the_order,
}
