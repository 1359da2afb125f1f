//! Views whose type is forgotten, at a third less weight in the wasm than by `into_any`.

use leptos::prelude::*;

/// What every live view is turned into, so that the views around it are compiled once.
pub trait Erase {
    /// As [`IntoAny::into_any`], without the code for hydrating asynchronously: only routes that are loaded lazily need it,
    /// there is none, and no compiler can know.
    fn erased(self) -> AnyView;
}

impl<V: IntoAny + RenderHtml + Send> Erase for V {
    #[cfg(feature = "ssr")]
    fn erased(self) -> AnyView {
        self.into_any()
    }

    #[cfg(not(feature = "ssr"))]
    fn erased(self) -> AnyView {
        at_once::AtOnce(self).into_any()
    }
}

#[cfg(not(feature = "ssr"))]
mod at_once {
    use leptos::prelude::*;
    use leptos::tachys::html::attribute::Attribute;
    use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
    use leptos::tachys::hydration::Cursor;
    use leptos::tachys::ssr::StreamBuilder;
    use leptos::tachys::view::add_attr::AddAnyAttr;
    use leptos::tachys::view::{Position, PositionState};

    /// The view it holds in everything, but that `hydrate_async` is the trait's own, which hydrates at once.
    pub struct AtOnce<V>(pub V);

    impl<V: Render> Render for AtOnce<V> {
        type State = V::State;

        fn build(self) -> Self::State {
            self.0.build()
        }

        fn rebuild(self, state: &mut Self::State) {
            self.0.rebuild(state);
        }
    }

    impl<V: AddAnyAttr> AddAnyAttr for AtOnce<V> {
        type Output<A: Attribute> = V::Output<A>;

        fn add_any_attr<A: Attribute>(self, attribute: A) -> Self::Output<A>
        where
            Self::Output<A>: RenderHtml,
        {
            self.0.add_any_attr(attribute)
        }
    }

    impl<V: RenderHtml + Send> RenderHtml for AtOnce<V> {
        type AsyncOutput = V::AsyncOutput;
        type Owned = AtOnce<V::Owned>;

        const MIN_LENGTH: usize = V::MIN_LENGTH;
        const EXISTS: bool = V::EXISTS;

        fn dry_resolve(&mut self) {
            self.0.dry_resolve();
        }

        fn resolve(self) -> impl Future<Output = Self::AsyncOutput> + Send {
            self.0.resolve()
        }

        fn html_len(&self) -> usize {
            self.0.html_len()
        }

        fn to_html_with_buf(
            self,
            buf: &mut String,
            position: &mut Position,
            escape: bool,
            mark_branches: bool,
            extra_attrs: Vec<AnyAttribute>,
        ) {
            self.0
                .to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
        }

        fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
            self,
            buf: &mut StreamBuilder,
            position: &mut Position,
            escape: bool,
            mark_branches: bool,
            extra_attrs: Vec<AnyAttribute>,
        ) {
            self.0.to_html_async_with_buf::<OUT_OF_ORDER>(
                buf,
                position,
                escape,
                mark_branches,
                extra_attrs,
            );
        }

        fn hydrate<const FROM_SERVER: bool>(
            self,
            cursor: &Cursor,
            position: &PositionState,
        ) -> Self::State {
            self.0.hydrate::<FROM_SERVER>(cursor, position)
        }

        fn into_owned(self) -> Self::Owned {
            AtOnce(self.0.into_owned())
        }
    }
}
