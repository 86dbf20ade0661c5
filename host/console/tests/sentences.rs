//! Whatever the product says to people in English has its translations.

mod spoken;

#[test]
fn list() {
    for one in spoken::all(&["host/domain/src", "host/store/src", "host/server/src", "host/access/src", "host/reports/src", "host/images/src", "host/providers/src", "host/plugins/src", "plugins/manifest/src"], &["/cli/", "/checkout/"]) {
        println!("{}\t{}", one.place, one.sentence);
    }
}
