with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

reports as (

    select * from {{ ref('mart_motives__report') }}

),

choices as (

    select * from {{ ref('fct_motive_choice') }}

),

motives as (

    select * from {{ ref('dim_motive') }}

),

categories as (

    select * from {{ ref('motive_category') }}

),

answered as (

    select
        choices.report_key,
        choices.motive_key,
        choices.is_ticked,
        mobilities.n_participants
    from choices
    inner join mobilities on choices.report_key = mobilities.report_key
    -- A section left empty is no answer.
    where choices.is_ticked is not null

),

counted as (

    select
        motive_key,
        {{ exact_sum('n_participants') }} as n_reports,
        {{ exact_sum('case when is_ticked then n_participants else 0 end') }} as n_ticked_reports
    from answered
    group by motive_key

),

answering as (

    select {{ exact_sum('n_participants') }} as n_answered_reports
    from reports
    where n_motives_ticked is not null

),

final as (

    select
        counted.motive_key,
        motives.label_nb as motive_label_nb,
        motives.label_en as motive_label_en,
        motives.sort_order as motive_sort_order,
        motives.motive_category,
        categories.label_nb as motive_category_label_nb,
        categories.label_en as motive_category_label_en,
        categories.sort_order as motive_category_sort_order,
        answering.n_answered_reports,
        counted.n_reports,
        counted.n_ticked_reports,
        {{ share('counted.n_ticked_reports', 'counted.n_reports') }} as ticking_share

    from counted
    inner join motives on counted.motive_key = motives.motive_key
    inner join categories on motives.motive_category = categories.motive_category
    cross join answering

)

select * from final
