with

institutions as (

    select * from {{ ref('fig_2_06_rate_by_institution') }}

),

indicator_values as (

    select * from {{ ref('fct_institution_indicator') }}

),

final as (

    select
        institutions.institution_key,
        institutions.short_name,
        institutions.institution_name_nb,
        institutions.institution_name_en,
        -- The source prints percent.
        cast(indicator_values.indicator_value as double) / 100 as exchange_share,
        institutions.mobilities_per_100_fte

    from indicator_values
    inner join institutions on indicator_values.institution_key = institutions.institution_key
    where
        indicator_values.indicator_key = '{{ var("exchange_indicator") }}'
        and indicator_values.is_current_value

)

select * from final
