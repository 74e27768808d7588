{#- Which delivery of the open data stands for a start year: the newest one that covers it. A delivery is all files of one
    layout and day; years that it only touches, because a few rows stand in the file of another year, are not covered. -#}

with

mobilities as (

    select * from {{ ref('int_open_mobilities_scoped') }}
    where out_of_scope_reason is null

),

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

delivered as (

    select
        mobilities.year,
        extracts.layout,
        extracts.extract_date,
        count(distinct mobilities.extract_id) as n_extracts,
        max(extracts.landing_order) as landing_order,
        sum(mobilities.n_participants) as n_participants
    from mobilities
    inner join extracts on mobilities.extract_id = extracts.extract_id
    group by mobilities.year, extracts.layout, extracts.extract_date

),

covered as (

    select
        *,
        {{ share('n_participants', 'max(n_participants) over (partition by year)') }} as coverage_share,
        n_participants >= {{ var('open_data_minimum_coverage') }} * max(n_participants) over (partition by year) as is_covered
    from delivered

),

ranked as (

    select
        *,
        row_number() over (
            partition by year
            order by is_covered desc, extract_date desc, landing_order desc
        ) as delivery_rank
    from covered

),

final as (

    select
        year,
        layout,
        extract_date,
        cast(n_extracts as integer) as n_extracts,
        cast(n_participants as integer) as n_participants,
        coverage_share,
        is_covered,
        delivery_rank = 1 as is_chosen

    from ranked

)

select * from final
