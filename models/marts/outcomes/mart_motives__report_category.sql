with

choices as (

    select * from {{ ref('fct_motive_choice') }}

),

final as (

    select
        report_key,
        motive_category,
        cast(sum(case when is_asked then 1 else 0 end) as integer) as n_options_asked,
        -- Nothing answered at all is missing; who answered has ticked or has not.
        cast(sum(case when is_ticked then 1 when is_ticked is not null then 0 end) as integer) as n_options_ticked,
        cast(sum(case when is_ticked then 1 when is_ticked is not null then 0 end) as double)
        / nullif(sum(case when is_asked then 1 else 0 end), 0) as ticked_share

    from choices
    group by report_key, motive_category

)

select * from final
