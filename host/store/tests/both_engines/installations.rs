//! How an installation stands: breaks are counted in a row and for the version in force, and it is halted once.

use crate::database::{INSTALLATION, NOW, on_both};
use kamurj_store::installations::standing::{self, Breaks};
use kamurj_store::installations::{self, Halt, Installation};

on_both!(breaks_are_counted_in_a_row_and_a_halt_is_news_once, |store| {
    let mut tx = store.db.write().await.unwrap();
    let installation = installations::by_id(&mut tx, INSTALLATION).await.unwrap().unwrap();
    for (owner, runs, owners) in [("dlv_1", 1, 1), ("dlv_1", 2, 1), ("dlv_2", 3, 2), ("inb_1", 4, 3), ("dlv_2", 5, 3)] {
        let counted = standing::broke(&mut tx, &installation, owner).await.unwrap();
        assert_eq!(counted, Some(Breaks { runs, owners }));
    }
    let older = Installation { version: 7, ..installation.clone() };
    assert_eq!(standing::broke(&mut tx, &older, "dlv_3").await.unwrap(), None, "another version is not in force");
    standing::went_well(&mut tx, &older).await.unwrap();
    assert_eq!(standing::broke(&mut tx, &installation, "dlv_1").await.unwrap(), Some(Breaks { runs: 6, owners: 3 }));
    standing::went_well(&mut tx, &installation).await.unwrap();
    assert_eq!(standing::broke(&mut tx, &installation, "dlv_9").await.unwrap(), Some(Breaks { runs: 1, owners: 1 }));

    assert!(!standing::halt(&mut tx, &older, Halt::Suspended, "an older one").await.unwrap());
    assert!(standing::halt(&mut tx, &installation, Halt::Suspended, "it breaks").await.unwrap());
    assert!(!standing::halt(&mut tx, &installation, Halt::Broken, "it breaks").await.unwrap(), "that is no news");
    assert_eq!(standing::broke(&mut tx, &installation, "dlv_1").await.unwrap(), None);
    let halted = installations::lock(&mut tx, INSTALLATION).await.unwrap().unwrap();
    assert!(halted.active && halted.halted.is_some_and(|halted| halted.reason == "it breaks"));
    standing::remove(&mut tx, INSTALLATION, NOW + 1).await.unwrap();
    let removed = installations::by_id(&mut tx, INSTALLATION).await.unwrap().unwrap();
    assert_eq!((removed.active, removed.halted, removed.removed_at), (false, None, Some(NOW + 1)));
    tx.commit().await.unwrap();
});
