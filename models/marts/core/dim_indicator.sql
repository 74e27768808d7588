with

indicators as (

    select * from {{ ref('indicator') }}

),

final as (

    select
        indicator_key,
        sort_order,
        theme,
        unit,
        is_named_in_report,
        is_in_figure_2_09,
        label_nb,
        label_en

    from indicators

)

select * from final
