//! The texts that the criteria of one search look for, by the column that they are looked for in. All
//! criteria of a column are answered by one pass over it, made when the first of them is asked.

use super::criteria::{Criterion, Search};
use crate::directory::SearchField;
use crate::sets::{Column, Set, Test, Wanted};
use crate::values::Stop;
use std::cell::OnceCell;

pub(super) struct Pools<'s, F> {
    pools: Vec<Pool<'s, F>>,
}

/// What is looked for in one column.
pub(super) struct Pool<'s, F> {
    pub column: F,
    tests: Vec<&'s Test>,
    pub wanted: Vec<Wanted<'s>>,
    /// What the pass found for each test.
    found: OnceCell<Vec<Set>>,
}

impl<'s, F: SearchField> Pools<'s, F> {
    /// Those of a search. `columns_of` says in which columns a field is looked for.
    pub fn new(search: &'s Search<F>, columns_of: impl Fn(F) -> Vec<F>) -> Self {
        let mut pools: Vec<Pool<F>> = Vec::new();
        for Criterion { field, test } in search.expression.leaves() {
            let Some(wanted) = test.wanted() else { continue };
            for column in columns_of(*field) {
                let pool = match pools.iter().position(|pool| pool.column == column) {
                    Some(at) => pools.get_mut(at),
                    None => {
                        pools.push(Pool { column, tests: Vec::new(), wanted: Vec::new(), found: OnceCell::new() });
                        pools.last_mut()
                    }
                };
                if let Some(pool) = pool {
                    pool.tests.push(test);
                    pool.wanted.push(wanted.clone());
                }
            }
        }
        pools.retain(Pool::is_worth_it);
        Pools { pools }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Pool<'s, F>> {
        self.pools.iter()
    }

    /// Whether a test is answered together with others.
    pub fn has(&self, test: &Test) -> bool {
        self.pools.iter().any(|pool| pool.tests.iter().any(|pooled| std::ptr::eq(*pooled, test)))
    }

    /// All slots of a column that have a text that the test wants, if the test is one of the search's, and
    /// is not better answered alone.
    pub fn found(&self, column: F, test: &Test, values: &Column, stop: &Stop) -> Option<&Set> {
        let pool = self.pools.iter().find(|pool| pool.column == column)?;
        // The tests of a search stay where they are while it runs.
        let at = pool.tests.iter().position(|pooled| std::ptr::eq(*pooled, test))?;
        pool.found.get_or_init(|| values.find_each(&pool.wanted, stop)).get(at)
    }
}

impl<F> Pool<'_, F> {
    /// Searching for one text is so much faster than an automaton that a few such passes are faster than one.
    fn is_worth_it(&self) -> bool {
        const FEW: usize = 4;
        let is_one = |wanted: &Wanted| wanted.needles.len() == 1;
        self.tests.len() > FEW || self.tests.len() > 1 && !self.wanted.iter().all(is_one)
    }
}
