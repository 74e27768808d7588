with

institution_years as (

    select * from {{ ref('mart_open_data__institution_year') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

{{ use_by_institution(knows_persons=false) }}

select * from final
