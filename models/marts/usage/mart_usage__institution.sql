with

institution_years as (

    select * from {{ ref('mart_usage__institution_year') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

{{ use_by_institution() }}

select * from final
