//! The script that all pages for people share, and what each takes from it. It must not know what any page shows.

use crate::world::World;

const SHARED: &str = "/board.js";
const PAGES: [(&str, &[&str]); 7] = [
    ("/", &["/play.js", "/whatsapp.js"]),
    ("/messenger", &["/chats.js"]),
    ("/instagram", &["/chats.js"]),
    ("/bitrix24", &["/bitrix24.js"]),
    ("/amocrm", &["/amocrm.js"]),
    ("/sheets", &["/sheets.js"]),
    ("/erp", &["/erp.js"]),
];
/// What takes an element's id, its first argument.
const FILLS: &str = "byId draw drawLog drawToEnd choices taken value filled onSubmit onPress onPressFilled onChange";

#[tokio::test]
async fn the_shared_script_is_served_as_the_pages_are_and_asks_nobody_else_for_anything() {
    let world = World::start().await;
    let get = async |path: &str| world.client.get(format!("{}{path}", world.sandbox.page_url)).send().await.unwrap();
    let (shared, page) = (get(SHARED).await, get("/").await);
    assert_eq!(
        (shared.status(), &shared.headers()["content-type"]),
        (page.status(), &"text/javascript; charset=utf-8".parse().unwrap())
    );
    for name in ["content-security-policy", "cache-control", "x-content-type-options"] {
        assert_eq!(shared.headers()[name], page.headers()[name]);
    }
    let text = shared.text().await.unwrap();
    assert!(!text.contains("://") && !text.contains("innerHTML"));
}

#[tokio::test]
async fn every_page_has_the_places_that_its_scripts_fill_and_its_scripts_take_only_what_there_is() {
    let world = World::start().await;
    let get = async |path: &str| {
        world.client.get(format!("{}{path}", world.sandbox.page_url)).send().await.unwrap().text().await.unwrap()
    };
    let shared = get(SHARED).await;
    let given: Vec<&str> = ["function ", "async function ", "const ", "let "]
        .into_iter()
        .flat_map(|kind| all_after(&shared, &format!("export {kind}")))
        .map(|rest| rest.split(|one: char| !one.is_alphanumeric()).next().unwrap())
        .collect();
    for (path, scripts) in PAGES {
        let page = get(path).await;
        let loaded = format!("<script type=\"module\" src=\"{}\"></script>", scripts[0]);
        assert!(page.matches("<script").count() == 1 && page.contains(&loaded), "{path} does not load {loaded}");
        for script in scripts {
            let text = get(script).await;
            let (taken, _) = text.split_once("} from \".").unwrap();
            let taken = taken.split_once("import {").unwrap().1.split(',').map(str::trim);
            let unknown: Vec<_> = taken.filter(|name| !name.is_empty() && !given.contains(name)).collect();
            assert!(unknown.is_empty(), "{script} takes {unknown:?}, and {SHARED} has none");
            let text = text + &shared;
            let ids: Vec<_> = FILLS
                .split(' ')
                .flat_map(|call| all_after(&text, &format!("{call}(\"")))
                .map(|rest| rest.split('"').next().unwrap())
                .collect();
            assert!(ids.len() > 20, "{script} fills {ids:?} alone");
            let missing: Vec<_> = ids.iter().filter(|id| !page.contains(&format!("id=\"{id}\""))).collect();
            assert!(missing.is_empty(), "{path} has no {missing:?} for {script}");
        }
    }
}

/// What comes after each place where it stands.
fn all_after<'t>(text: &'t str, what: &str) -> Vec<&'t str> {
    text.match_indices(what).map(|(at, found)| &text[at + found.len()..]).collect()
}
