//! What a component imports and exports, by the names of its outermost items: read like the manifest, without validating or
//! running anything.

use wasmparser::{Parser, Payload};

use crate::SectionError;

/// The names at a component's outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Interfaces that it needs: `kamurj:plugin/http@1.0.0`.
    pub imports: Vec<String>,
    /// Interfaces that it offers.
    pub exports: Vec<String>,
}

/// Reads the names of the outermost component.
pub fn shape(component: &[u8]) -> Result<Shape, SectionError> {
    let wrong = |error: wasmparser::BinaryReaderError| SectionError::NotComponent(error.to_string());
    let mut depth = 0_u32;
    let mut shape = Shape::default();
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(wrong)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    shape.imports.push(import.map_err(wrong)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    shape.exports.push(export.map_err(wrong)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{Component, ComponentImportSection, ComponentTypeRef, TypeBounds};

    fn importing(name: &str) -> Component {
        let mut imports = ComponentImportSection::new();
        imports.import(name, ComponentTypeRef::Type(TypeBounds::SubResource));
        let mut component = Component::new();
        component.section(&imports);
        component
    }

    #[test]
    fn only_the_outermost_names_are_told() {
        let inner = importing("inner").finish();
        let mut outer = importing("outer");
        outer.section(&wasm_encoder::RawSection { id: 4, data: &inner });
        let told = shape(&outer.finish()).unwrap();
        assert_eq!((told.imports, told.exports), (vec!["outer".to_owned()], Vec::<String>::new()));
        assert!(matches!(shape(b"\0asm\x0d\0\x01\0\xff"), Err(SectionError::NotComponent(_))));
    }
}
