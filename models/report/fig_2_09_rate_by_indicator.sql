with

institutions as (

    select * from {{ ref('fig_2_06_rate_by_institution') }}

),

indicator_values as (

    select * from {{ ref('fct_institution_indicator') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

final as (

    select
        indicators.indicator_key,
        indicators.label_nb as indicator_label_nb,
        indicators.label_en as indicator_label_en,
        indicators.unit as indicator_unit,
        indicators.sort_order as indicator_sort_order,
        institutions.institution_key,
        institutions.short_name,
        institutions.institution_name_nb,
        institutions.institution_name_en,
        cast(indicator_values.indicator_value as double) as indicator_value,
        institutions.mobilities_per_100_fte

    from indicator_values
    inner join indicators on indicator_values.indicator_key = indicators.indicator_key
    inner join institutions on indicator_values.institution_key = institutions.institution_key
    where
        indicators.is_in_figure_2_09
        and indicator_values.is_current_value

)

select * from final
