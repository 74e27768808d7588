-- Three numbers of the report, in SQL that DuckDB and PostgreSQL read. A null is a hidden value, never a zero.
select
    'publication' as number,
    publication_id as of_what,
    cast(null as double precision) as value
from publication

union all

-- Figure 2.6: mobilities per 100 staff FTE and year, by institution.
select
    'rate' as number,
    institution_key as of_what,
    mobilities_per_100_fte as value
from mart_usage__institution
where
    sector = 'state'
    and n_years_with_fte > 0

union all

-- Table 4.5: standardised coefficients of the regressions of outcomes.
select
    'beta' as number,
    concat(outcome_variable, ' ', term) as of_what,
    beta_std as value
from mart_statistics__regression_term
where report_place = 'Table 4.5'

union all

-- Table T.1: stays with a participant report, by year.
select
    'stays' as number,
    cast(year as varchar) as of_what,
    cast(sum(n_stays) as double precision) as value
from mart_programme__progress
where is_observed
group by year

order by number, of_what
