//! Brands: drafts grow, versions are only added, pictures stay as long as anything has them.

use crate::database::{MERCHANT, NOW, on_both};
use kamurj_domain::brand::{Brand, Picture, PictureFormat};
use kamurj_domain::format::Language;
use kamurj_store::branding::{self, Version, cards, pictures};
use kamurj_store::{Error, Tx};

fn named(name: &str) -> Brand {
    Brand { name: Some(name.to_owned()), ..Brand::default() }
}

fn picture(digest: &str) -> Picture {
    Picture { digest: digest.to_owned(), format: PictureFormat::Png, width: 9, height: 9 }
}

async fn publish(tx: &mut Tx, version: i64, brand: Brand) -> Result<(), Error> {
    let version = Version { version, brand, repeats: None, published_by: "admin".to_owned(), published_at: NOW };
    branding::publish(tx, MERCHANT, &version).await
}

on_both!(a_version_is_published_once_and_the_newest_is_in_force, |store| {
    let mut tx = store.db.write().await.unwrap();
    assert!(branding::draft(&mut tx, MERCHANT).await.unwrap().is_none());
    assert!(branding::published(&mut tx, MERCHANT).await.unwrap().is_none());
    for (name, version) in [("one", 1), ("two", 2)] {
        branding::save(&mut tx, MERCHANT, &named(name), "admin", NOW).await.unwrap();
        let draft = branding::draft(&mut tx, MERCHANT).await.unwrap().unwrap();
        assert_eq!((draft.version, draft.brand), (version, named(name)));
        publish(&mut tx, version, named(name)).await.unwrap();
    }
    assert_eq!(branding::published(&mut tx, MERCHANT).await.unwrap().unwrap().brand, named("two"));
    assert_eq!(branding::version(&mut tx, MERCHANT, 1).await.unwrap().unwrap().brand, named("one"));
    assert!(branding::version(&mut tx, "mer_other", 1).await.unwrap().is_none());
    let before = branding::before(&mut tx, MERCHANT, i64::MAX, 9).await.unwrap();
    assert_eq!(before.iter().map(|version| version.version).collect::<Vec<_>>(), [2, 1]);
    tx.commit().await.unwrap();
    let mut tx = store.db.write().await.unwrap();
    assert!(matches!(publish(&mut tx, 2, named("three")).await, Err(Error::Taken)));
});

on_both!(a_picture_goes_when_neither_a_version_nor_the_draft_has_it, |store| {
    let mut tx = store.db.write().await.unwrap();
    for digest in ["published", "drafted", "dropped"] {
        pictures::put(&mut tx, MERCHANT, &picture(digest), digest.as_bytes(), "admin", NOW).await.unwrap();
        pictures::put(&mut tx, MERCHANT, &picture(digest), digest.as_bytes(), "again", NOW).await.unwrap();
    }
    publish(&mut tx, 1, Brand { icon: Some(picture("published")), ..Brand::default() }).await.unwrap();
    let draft = Brand { logo: Some(picture("drafted")), ..Brand::default() };
    pictures::drop_unused(&mut tx, MERCHANT, &draft).await.unwrap();
    for (digest, kept) in [("published", true), ("drafted", true), ("dropped", false)] {
        let found = pictures::by_digest(&mut tx, digest).await.unwrap();
        assert_eq!(found.map(|found| found.bytes), kept.then(|| digest.as_bytes().to_vec()), "{digest}");
    }
});

on_both!(a_card_lives_as_long_as_the_last_version_that_needed_it, |store| {
    let mut tx = store.db.write().await.unwrap();
    for (version, card) in [(1, "a"), (2, "b"), (3, "a")] {
        cards::put(&mut tx, (MERCHANT, version), card, Language::Hy, b"png").await.unwrap();
        cards::drop_before(&mut tx, MERCHANT, version - 1).await.unwrap();
    }
    assert!(cards::get(&mut tx, MERCHANT, "a", Language::Hy).await.unwrap().is_some());
    assert!(cards::get(&mut tx, MERCHANT, "b", Language::Hy).await.unwrap().is_some());
    assert!(cards::get(&mut tx, MERCHANT, "a", Language::Ru).await.unwrap().is_none());
    cards::drop_before(&mut tx, MERCHANT, 3).await.unwrap();
    assert!(cards::get(&mut tx, MERCHANT, "b", Language::Hy).await.unwrap().is_none());
});
