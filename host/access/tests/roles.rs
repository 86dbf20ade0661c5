//! Roles against permissions: the whole matrix, and `docs/roles.md`, whose table is written from the code. `KAMURJ_BLESS=1` writes it,
//! any other run compares it.

use kamurj_access::{Permission, Role};
use std::fmt::Write as _;

/// The matrix as it was decided, role by role; all other pairs are refused.
const DECIDED: [(&str, &str); 6] = [
    (
        "owner",
        "read payments refunds decisions links plugins providers branding deliveries exceptions reconciliation exports webhooks \
         settings keys people audit personal erasure",
    ),
    ("manager", "read payments links personal"),
    (
        "operator",
        "read payments refunds decisions links providers branding plugins deliveries exceptions reconciliation exports personal \
         webhooks",
    ),
    ("accountant", "read reconciliation exports exceptions"),
    ("developer", "read plugins webhooks keys deliveries"),
    ("auditor", "read audit exports"),
];

const STEP_UP: &str = "refunds decisions plugins providers keys people exports erasure settings webhooks";

#[test]
fn h4_each_role_may_what_was_decided_and_nothing_else() {
    assert_eq!(Role::ALL.map(Role::word), DECIDED.map(|(role, _)| role));
    for (role, words) in DECIDED {
        let role = Role::from_word(role).unwrap();
        let words: Vec<&str> = words.split(' ').collect();
        for permission in Permission::ALL {
            let decided = words.contains(&permission.word());
            assert_eq!(role.may(permission), decided, "{} · {}", role.word(), permission.word());
        }
        assert_eq!(role.permissions().len(), words.len(), "a permission stands twice, or a word is none: {words:?}");
    }
}

#[test]
fn h4_only_the_owner_has_what_makes_owners_and_ends_records() {
    for permission in [Permission::People, Permission::Settings, Permission::Erasure] {
        let roles: Vec<Role> = Role::ALL.into_iter().filter(|role| role.may(permission)).collect();
        assert_eq!(roles, [Role::Owner], "{}", permission.word());
    }
}

#[test]
fn what_moves_money_data_or_rights_needs_a_step_up() {
    let words: Vec<&str> = STEP_UP.split(' ').collect();
    for permission in Permission::ALL {
        assert_eq!(permission.needs_step_up(), words.contains(&permission.word()), "{}", permission.word());
    }
}

/// What a permission opens, for merchants.
fn opens(permission: Permission) -> &'static str {
    match permission {
        Permission::Read => {
            "see payments, links, exceptions, deliveries and everything else that is shown without more"
        }
        Permission::Payments => "make, change, withdraw and look up payments",
        Permission::Refunds => "give money back",
        Permission::Decisions => "decide what a payment is where the bank's word is missing or contradicts itself",
        Permission::Links => "make and change payment links",
        Permission::Plugins => "install, set up, update and remove plugins, and look into their runs",
        Permission::Providers => "add, change and switch off accounts at payment providers",
        Permission::Branding => "change how customers' pages look",
        Permission::Deliveries => "try a message or CRM update again, leave it out, send a link once more",
        Permission::Exceptions => "assign and close exceptions",
        Permission::Reconciliation => "upload the bank's reports and decide about their lines",
        Permission::Exports => "take files of payments and movements out of Kamurj",
        Permission::Webhooks => "add, change and remove addresses to which webhooks go",
        Permission::Settings => "change the merchant's own settings",
        Permission::Keys => "make and revoke API keys",
        Permission::People => "invite operators, change their roles, switch them off",
        Permission::Audit => "read the log of who did what",
        Permission::Personal => "see customers' names, telephone numbers and e-mail addresses in full",
        Permission::Erasure => "erase a customer's personal data for good",
    }
}

fn table() -> String {
    let mut table = String::from("| permission | allows to |");
    for role in Role::ALL {
        write!(table, " {} |", role.word()).unwrap();
    }
    table.push_str("\n|---|---|");
    table.push_str(&":-:|".repeat(Role::ALL.len()));
    table.push('\n');
    for permission in Permission::ALL {
        let step_up = if permission.needs_step_up() { " ⚷" } else { "" };
        write!(table, "| `{}`{step_up} | {} |", permission.word(), opens(permission)).unwrap();
        for role in Role::ALL {
            table.push_str(if role.may(permission) { " ✓ |" } else { " |" });
        }
        table.push('\n');
    }
    table
}

#[test]
fn h4_the_page_about_roles_says_what_the_code_does() {
    const BEGIN: &str =
        "<!-- The table: written by the tests of host/access, KAMURJ_BLESS=1 cargo test -p kamurj-access -->\n";
    const END: &str = "<!-- The table ends. -->\n";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/roles.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("docs/roles.md has the line before the table");
    let (_, after) = rest.split_once(END).expect("docs/roles.md has the line after the table");
    let due = format!("{before}{BEGIN}\n{}\n{END}{after}", table());
    if std::env::var_os("KAMURJ_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, due).unwrap();
        return;
    }
    assert!(page == due, "docs/roles.md is not what the code does: run with KAMURJ_BLESS=1 and read the change");
}
