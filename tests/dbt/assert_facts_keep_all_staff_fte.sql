with

versioned as (

    select
        year,
        sum(fte) as fte
    from {{ ref('int_staff_fte_versioned') }}
    group by year

),

facts as (

    select
        year,
        sum(fte) as fte
    from {{ ref('fct_staff_fte') }}
    group by year

)

select
    versioned.year,
    versioned.fte as delivered_fte,
    facts.fte as fact_fte
from versioned
left join facts on versioned.year = facts.year
where facts.fte is null or versioned.fte <> facts.fte
