with

areas as (

    select * from {{ ref('mart_area') }}

),

checks as (

    select * from {{ ref('stg_landing__gate_checks') }}

),

ledger as (

    select * from {{ ref('mart_quality__ledger') }}

),

-- An extract of which nothing counts any more endangers nothing.
counting_extracts as (

    select extract_id from ledger
    where n_current_rows > 0

),

endangering as (

    select
        areas.mart_area,
        checks.extract_id,
        checks.severity
    from areas
    inner join checks on ',' || checks.endangered_areas || ',' like '%,' || areas.mart_area || ',%'
    inner join counting_extracts on checks.extract_id = counting_extracts.extract_id
    where not checks.is_passed

),

counted as (

    select
        mart_area,
        sum(case when severity = 'block' then 1 else 0 end) as n_blocking,
        sum(case when severity = 'warn' then 1 else 0 end) as n_warning,
        count(distinct case when severity in ('block', 'warn') then extract_id end) as n_extracts
    from endangering
    group by mart_area

),

final as (

    select
        areas.mart_area,
        areas.sort_order,
        areas.label_nb as mart_area_label_nb,
        areas.label_en as mart_area_label_en,
        case
            when counted.n_blocking > 0 then 'not_usable'
            when counted.n_warning > 0 then 'use_with_caution'
            else 'usable'
        end as usability,
        cast(coalesce(counted.n_blocking, 0) as integer) as n_blocking,
        cast(coalesce(counted.n_warning, 0) as integer) as n_warning,
        cast(coalesce(counted.n_extracts, 0) as integer) as n_extracts

    from areas
    left join counted on areas.mart_area = counted.mart_area

)

select * from final
